package controllers_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

// Who handles events fast claims ever more of them at once; who is slow leaves
// them to others.
func TestClaimsAreAsLargeAsHandlersAreFast(t *testing.T) {
	const events, batch = 1000, 256
	for name, tt := range map[string]struct {
		takes   time.Duration
		largest int32
	}{
		"fast": {0, batch},
		"slow": {2 * time.Second, 16},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := prepare(controllers.Config{Workers: 4, Batch: batch})
				if err := b.Register(controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error {
					time.Sleep(tt.takes)
					return nil
				}}); err != nil {
					t.Fatal(err)
				}
				for i := range events {
					b.publish(t, api.CreateEvent, "Owls", strconv.Itoa(i))
				}
				b.run(t)
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := b.events.largest.Load(); got != tt.largest {
					t.Errorf("the largest claim took %d events, want %d", got, tt.largest)
				}
			})
		})
	}
}
