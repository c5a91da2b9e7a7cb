package forwarder_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/trexgen/trexgen/blueprints/service/pkg/forwarder"
)

var discard = slog.New(slog.DiscardHandler)

// patience bounds each wait for what happens in the background.
const patience = 30 * time.Second

// broker is a NATS server in this process.
type broker struct {
	t       testing.TB
	options server.Options
	server  *server.Server
}

// startBroker starts a server without a stream and stops it when the test ends.
func startBroker(t testing.TB, adjust ...func(*server.Options)) *broker {
	t.Helper()
	b := &broker{t: t, options: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true,
	}}
	for _, change := range adjust {
		change(&b.options)
	}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

// start starts the server; after a stop at the same address, and with what was
// stored.
func (b *broker) start() {
	b.t.Helper()
	options := b.options
	s, err := server.NewServer(&options)
	if err != nil {
		b.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		b.t.Fatal("the NATS server does not start")
	}
	addr, ok := s.Addr().(*net.TCPAddr)
	if !ok {
		b.t.Fatalf("the NATS server listens on %v", s.Addr())
	}
	b.server, b.options.Port = s, addr.Port
}

func (b *broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

func (b *broker) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", b.options.Port) }

// stream makes the stream EVENTS take subjects, or these from now on.
func (b *broker) stream(subjects ...string) {
	b.t.Helper()
	_, err := b.connect().CreateOrUpdateStream(b.t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: subjects})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) connect() jetstream.JetStream {
	b.t.Helper()
	conn, err := nats.Connect(b.url(), nats.MaxReconnects(-1), nats.ReconnectWait(time.Millisecond))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		b.t.Fatal(err)
	}
	return js
}

// publisher returns a publisher to the stream EVENTS.
func (b *broker) publisher() *forwarder.JetStream {
	b.t.Helper()
	j := forwarder.NewJetStream(forwarder.JetStreamConfig{URL: b.url(), Stream: "EVENTS", Subject: "events"}, discard)
	b.t.Cleanup(func() {
		if err := j.Close(); err != nil {
			b.t.Error(err)
		}
	})
	return j
}

// taken is a message as a consumer of the stream gets it.
type taken struct {
	ID      string
	Subject string
	Header  nats.Header
	Event   cloudEvent
}

// cloudEvent is what the tests look at of a body.
type cloudEvent struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Subject string `json:"subject"`
}

// contents are the messages that the stream has, in its order.
func (b *broker) contents() []taken {
	b.t.Helper()
	stream, err := b.connect().Stream(b.t.Context(), "EVENTS")
	if err != nil {
		b.t.Fatal(err)
	}
	state := stream.CachedInfo().State
	all := make([]taken, 0, state.Msgs)
	for seq := state.FirstSeq; state.Msgs > 0 && seq <= state.LastSeq; seq++ {
		raw, err := stream.GetMsg(b.t.Context(), seq)
		if err != nil {
			b.t.Fatal(err)
		}
		m := taken{ID: raw.Header.Get(nats.MsgIdHdr), Subject: raw.Subject, Header: raw.Header}
		if err := json.Unmarshal(raw.Data, &m.Event); err != nil {
			b.t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// await waits until the stream has n messages. A subscription tells of each.
func (b *broker) await(n int) {
	b.t.Helper()
	consumer, err := b.connect().OrderedConsumer(b.t.Context(), "EVENTS", jetstream.OrderedConsumerConfig{})
	if err != nil {
		b.t.Fatal(err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		b.t.Fatal(err)
	}
	defer messages.Stop()
	giveUp := time.AfterFunc(patience, messages.Stop)
	defer giveUp.Stop()
	for i := range n {
		if _, err := messages.Next(); err != nil {
			b.t.Fatalf("%d of %d messages: %v", i, n, err)
		}
	}
}
