package services_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// told are consumers of every event.
func told(consumers ...string) func(string, api.EventType) []string {
	return func(string, api.EventType) []string { return consumers }
}

func TestObjectAndEventAreCommittedTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	errAudit := errors.New("the book is full")
	publishing := services.Publishing{Consumers: told("hook")}
	for name, tt := range map[string]struct {
		prepare    string
		publishing services.Publishing
		owl        string
		want       func(error) bool
	}{
		"the object is refused":               {"", publishing, "nobody", hasCode(apierror.Validation)},
		"the event is refused":                {refuse("events", "IMMEDIATE"), publishing, "a", isGeneral},
		"the delivery is refused":             {refuse("event_deliveries", "IMMEDIATE"), publishing, "a", isGeneral},
		"the object is refused by the commit": {refuse("owls", "DEFERRED"), publishing, "a", isGeneral},
		"the event is refused by the commit":  {refuse("events", "DEFERRED"), publishing, "a", isGeneral},
		"a record fails": {"", services.Publishing{Consumers: told("hook"), Record: []func(context.Context, *api.Event) error{
			func(context.Context, *api.Event) error { return errAudit },
		}}, "a", func(err error) bool { return errors.Is(err, errAudit) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBarn(t, tt.publishing, tt.prepare)
			if _, err := b.create(t.Context(), tt.owl); err == nil || !tt.want(err) {
				t.Errorf("created with %v", err)
			}
			b.wantNothing(t)
		})
	}
}

func hasCode(code apierror.Code) func(error) bool {
	return func(err error) bool { return apierror.From(err).Code == code }
}

func isGeneral(err error) bool { return hasCode(apierror.General)(err) }

// The connection dies after both have been written and before the commit.
func TestConnectionThatDiesBeforeTheCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	var b *barn
	b = newBarn(t, services.Publishing{Consumers: told("hook"), Record: []func(context.Context, *api.Event) error{
		func(ctx context.Context, _ *api.Event) error {
			var backend int
			if err := b.sessions.New(ctx).Raw(`SELECT pg_backend_pid()`).Scan(&backend).Error; err != nil {
				return err
			}
			return b.sessions.New(context.WithoutCancel(t.Context())).Exec(`SELECT pg_terminate_backend(?, 10000)`, backend).Error
		},
	}}, "")
	if _, err := b.create(t.Context(), "a"); err == nil {
		t.Error("created on a connection that is gone")
	}
	b.wantNothing(t)
}

func TestEventSaysWhoAskedForWhatAndWhoIsToldIt(t *testing.T) {
	t.Parallel()
	var recorded []*api.Event
	var b *barn
	b = newBarn(t, services.Publishing{
		Consumers: func(source string, what api.EventType) []string {
			return map[string][]string{"Owls.Create": {"hook", "mail"}}[source+"."+string(what)]
		},
		Record: []func(context.Context, *api.Event) error{
			func(ctx context.Context, event *api.Event) error {
				recorded = append(recorded, event)
				var seen int
				err := b.sessions.New(ctx).Raw(`SELECT count(*) FROM "events", "owls" WHERE "events"."id" = ? AND "owls"."id" = ?`,
					event.ID, event.SourceID).Scan(&seen).Error
				if event.EventType == api.CreateEvent && (err != nil || seen != 1) {
					t.Errorf("recorded in a transaction that sees %d events with their object, %v; want 1", seen, err)
				}
				return nil
			},
		},
	}, "")
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx := auth.WithIdentity(t.Context(), auth.Identity{Subject: "ann"})
	ctx = telemetry.WithTraceParent(logger.WithOperationID(ctx, "op-1"), trace)
	obj, err := b.create(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	page, err := b.events.List(t.Context(), dao.Query{Size: 10})
	if err != nil || len(page.Items) != 1 || len(recorded) != 1 {
		t.Fatalf("%d events, %v, %d recorded; want one", len(page.Items), err, len(recorded))
	}
	got := page.Items[0]
	want := api.Event{Source: "Owls", SourceID: obj.ID, EventType: api.CreateEvent, Actor: "ann", OperationID: "op-1", TraceParent: trace, Sequence: 1}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(api.Event{}, "Meta", "RunAt")); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	asked := cmpopts.IgnoreFields(api.Event{}, "CreatedAt", "UpdatedAt", "RowVersion", "Sequence", "RunAt") // the rest is the database's to say
	if diff := cmp.Diff(got, *recorded[0], asked); diff != "" {
		t.Errorf("recorded (-stored +recorded):\n%s", diff)
	}
	if diff := cmp.Diff([]string{got.ID}, b.observed); diff != "" || b.woken != 1 {
		t.Errorf("woken %d times; observed (-want +got):\n%s", b.woken, diff)
	}
	if err := b.Delete(t.Context(), obj.ID, func(context.Context, *owl) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var deliveries []string
	err = b.sessions.New(t.Context()).Raw(`SELECT concat_ws(' ', "event_id", "consumer", "sequence", "source", "source_id") FROM "event_deliveries" ORDER BY 1`).
		Scan(&deliveries).Error
	to := func(consumer string) string { return got.ID + " " + consumer + " 1 Owls " + obj.ID }
	if diff := cmp.Diff([]string{to("hook"), to("mail")}, deliveries); err != nil || diff != "" {
		t.Errorf("deliveries, %v; (-want +got):\n%s", err, diff)
	}
}

// Several writes in one use case are told of once they are all committed.
func TestNobodyIsToldBeforeTheCommit(t *testing.T) {
	t.Parallel()
	b := newBarn(t, services.Publishing{}, "")
	err := b.sessions.InTx(t.Context(), func(ctx context.Context) error {
		for _, name := range []string{"a", "b"} {
			if _, err := b.create(ctx, name); err != nil {
				return err
			}
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.woken > 0 || len(b.observed) > 0 {
			t.Errorf("before the commit: woken %d times, observed %v", b.woken, b.observed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.woken != 2 || len(b.observed) != 2 || b.count(t, "events") != 2 {
		t.Errorf("after the commit: woken %d times, observed %v; want two of each", b.woken, b.observed)
	}
}
