package services_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services/servicetest"
)

var errEffect = errors.New("not now")

// eachTools runs test with tools on a database, and with those of unit tests.
func eachTools(t *testing.T, test func(t *testing.T, tools services.Tools, event *api.Event)) {
	t.Parallel()
	t.Run("Recorder", func(t *testing.T) {
		t.Parallel()
		tools, _ := servicetest.New()
		test(t, tools, &api.Event{Meta: api.Meta{ID: api.NewID()}})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		b := newBarn(t, services.Publishing{}, "")
		test(t, b.tools, b.event(t))
	})
}

// event writes an event.
func (b *barn) event(t *testing.T) *api.Event {
	t.Helper()
	event := &api.Event{Source: "Elks", SourceID: api.NewID(), EventType: api.CreateEvent}
	if err := dao.NewEventDao(b.sessions).Create(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	return event
}

func TestEffectIsBroughtAboutOnce(t *testing.T) {
	eachTools(t, func(t *testing.T, tools services.Tools, event *api.Event) {
		calls := map[string]int{}
		once := func(effect string, result error) error {
			return tools.Once(t.Context(), event, effect, func(context.Context) error {
				calls[effect]++
				return result
			})
		}
		if err := once("count", errEffect); !errors.Is(err, errEffect) {
			t.Errorf("a failure: got %v", err)
		}
		for range 3 {
			if err := once("count", nil); err != nil {
				t.Error(err)
			}
		}
		if err := once("weigh", nil); err != nil || calls["weigh"] != 1 {
			t.Errorf("another effect: %v, calls %v", err, calls)
		}
		if calls["count"] != 2 {
			t.Errorf("called %d times, want again after the failure and then never", calls["count"])
		}
	})
}

// A crash between the effect and the commit is a roll-back.
func TestEffectThatIsRolledBackIsBroughtAboutAgain(t *testing.T) {
	t.Parallel()
	b := newBarn(t, services.Publishing{}, "")
	event := b.event(t)
	effect := func(ctx context.Context) error { _, err := b.create(ctx, "a"); return err }
	err := b.sessions.InTx(t.Context(), func(ctx context.Context) error {
		if err := b.tools.Once(ctx, event, "create", effect); err != nil {
			return err
		}
		return errEffect
	})
	if !errors.Is(err, errEffect) || b.count(t, "owls") != 0 {
		t.Fatalf("%v, %d owls; want none", err, b.count(t, "owls"))
	}
	for range 2 {
		if err := b.tools.Once(t.Context(), event, "create", effect); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.count(t, "owls"); got != 1 {
		t.Errorf("%d owls, want one", got)
	}
}

// The lease of the first has lapsed while it was at it, and another has begun.
// Whether the first commits or fails, the effect comes about once.
func TestTwoAtOnceBringTheEffectAboutOnce(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]bool{"the first commits": false, "the first fails": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBarn(t, services.Publishing{}, "")
			event := b.event(t)
			busy, goOn := make(chan struct{}), make(chan struct{})
			var both sync.WaitGroup
			both.Go(func() {
				err := b.tools.Once(t.Context(), event, "create", func(ctx context.Context) error {
					if _, err := b.create(ctx, "first"); err != nil {
						return err
					}
					close(busy)
					<-goOn
					if fails {
						return errEffect
					}
					return nil
				})
				if fails != (err != nil) {
					t.Errorf("the first: %v", err)
				}
			})
			<-busy
			both.Go(func() {
				err := b.tools.Once(t.Context(), event, "create", func(ctx context.Context) error { _, err := b.create(ctx, "second"); return err })
				if err != nil {
					t.Errorf("the second: %v", err)
				}
			})
			b.awaitWaiter(t)
			close(goOn)
			both.Wait()
			if got := b.count(t, "owls"); got != 1 {
				t.Errorf("%d owls, want one", got)
			}
		})
	}
}

// awaitWaiter returns when a connection waits for the transaction of another.
func (b *barn) awaitWaiter(t *testing.T) {
	t.Helper()
	for waiting := false; !waiting && t.Context().Err() == nil; {
		err := b.sessions.New(t.Context()).Raw(`SELECT EXISTS (SELECT FROM "pg_stat_activity"
			WHERE "datname" = current_database() AND cardinality(pg_blocking_pids("pid")) > 0)`).Scan(&waiting).Error
		if err != nil {
			t.Fatal(err)
		}
	}
}
