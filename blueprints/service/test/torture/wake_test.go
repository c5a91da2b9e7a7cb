package torture

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// Neither the Notifier nor the Listener runs, and nobody sweeps.
func TestReplicaHandlesItsOwnEventsWithoutANotification(t *testing.T) {
	t.Parallel()
	env := newEnv(t, devdb.New(t), io.Discard, "--events-sweep-interval=1h")
	handled := make(chan string, 1)
	err := env.Controllers.Register(controllers.Registration{
		Source: Source,
		OnUpsert: func(_ context.Context, event *api.Event) error {
			handled <- event.SourceID
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- env.Controllers.Run(ctx) }()
	for range 20 { // the first may be found by the look with which all begins
		id := api.NewID()
		err := env.Database.Sessions.InTx(t.Context(), func(ctx context.Context) error {
			return env.Services.Events().Publish(ctx, api.UpdateEvent, Source, id)
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-handled:
			if got != id {
				t.Fatalf("handled %s, want %s", got, id)
			}
		case <-time.After(patience):
			t.Fatalf("nobody has handled %s", id)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
