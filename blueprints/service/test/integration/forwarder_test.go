package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// startNATS starts a NATS server on a port of 127.0.0.1.
func startNATS(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	})
	must(t, err)
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	return s
}

// The service starts, and works, while NATS is away; its events come later.
func TestEventsAreForwarded(t *testing.T) {
	t.Parallel()
	s := startNATS(t, server.RANDOM_PORT)
	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()

	service, object := test.Start(t, fmt.Sprintf("--nats-url=nats://127.0.0.1:%d", port), "--nats-stream=CHANGES", "--nats-subject=acme.changes"), api.NewID()
	err := service.Env.Database.Sessions.InTx(t.Context(), func(ctx context.Context) error {
		return service.Env.Services.Events().Publish(ctx, api.DeleteEvent, "no kind", object)
	})
	must(t, err)
	startNATS(t, port)
	conn, err := nats.Connect(fmt.Sprintf("nats://127.0.0.1:%d", port))
	must(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	must(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "CHANGES", Subjects: []string{"acme.changes.>"}})
	must(t, err)

	service.WaitForMetric(t, "forwarder_events_total 1")
	service.WaitForMetric(t, "forwarder_lag_seconds 0")
	stream, err := js.Stream(t.Context(), "CHANGES")
	must(t, err)
	message, err := stream.GetMsg(t.Context(), 1)
	must(t, err)
	var event struct{ ID, Source, Type, Subject string }
	must(t, json.Unmarshal(message.Data, &event))
	if message.Subject != "acme.changes.no_kind.Delete" || event.Subject != object || event.ID != message.Header.Get(nats.MsgIdHdr) ||
		event.Type != api.ServiceName+".no kind.Delete" {
		t.Errorf("%s: got %s", message.Subject, message.Data)
	}
}
