package audit_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/audit"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

// owl is a kind of these tests.
type owl struct {
	api.Meta
	Name string
}

// forest is a database of owls, whose changes are recorded.
type forest struct {
	sessions *db.SessionFactory
	owls     services.Generic[owl]
}

// newForest returns one in which then is called after the recorder.
func newForest(t *testing.T, then func(context.Context, *api.Event) error) forest {
	t.Helper()
	sessions := open(t)
	must(t, sessions.New(t.Context()).Exec(`CREATE TABLE "owls" ("id" uuid PRIMARY KEY, "created_at" timestamptz NOT NULL,
		"updated_at" timestamptz NOT NULL, "row_version" bigint NOT NULL, "name" text NOT NULL)`).Error)
	events := services.NewEventService(dao.NewEventDao(sessions), func() {}, services.Publishing{
		Record: []func(context.Context, *api.Event) error{audit.NewRecorder(sessions).Record, then},
	})
	tools := services.Tools{Tx: sessions, Events: events, Log: slog.New(slog.DiscardHandler)}
	return forest{sessions, services.NewGeneric(tools, dao.NewStore[owl](sessions), "Owl", "Owls")}
}

func open(t *testing.T) *db.SessionFactory {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: devdb.New(t)}, nil)
	must(t, err)
	t.Cleanup(func() { must(t, sessions.Close()) })
	return sessions
}

// rows is the number of rows of a table.
func (f forest) rows(t *testing.T, table string) (count int) {
	t.Helper()
	must(t, f.sessions.New(t.Context()).Raw(`SELECT count(*) FROM "`+table+`"`).Scan(&count).Error)
	return count
}

func (f forest) wantRows(t *testing.T, owls, events, entries int) {
	t.Helper()
	got := [3]int{f.rows(t, "owls"), f.rows(t, "events"), f.rows(t, "audit_entries")}
	if want := [3]int{owls, events, entries}; got != want {
		t.Errorf("owls, events and entries: %v, want %v", got, want)
	}
}

func list(t *testing.T, sessions *db.SessionFactory, of audit.Selection) []audit.Entry {
	t.Helper()
	entries, err := audit.List(t.Context(), sessions, of)
	must(t, err)
	return entries
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func allow(context.Context, *owl) error         { return nil }
func nothing(context.Context, *api.Event) error { return nil }
func rename(name string) func(*owl) error       { return func(o *owl) error { o.Name = name; return nil } }
func as(t *testing.T, who auth.Identity) context.Context {
	t.Helper()
	return auth.WithIdentity(logger.WithOperationID(t.Context(), "operation"), who)
}

var jane = auth.Identity{
	Subject: "jane", Roles: []string{"editor"},
	Claims: auth.Claims{Issuer: "https://issuer", Username: "jane.doe", Email: "jane@example.com", Client: "console"},
}

func TestEntriesSayWhoDidWhat(t *testing.T) {
	t.Parallel()
	f := newForest(t, nothing)
	ctx := as(t, jane)
	bird := &owl{Name: "Archimedes"}
	must(t, f.owls.Create(ctx, bird, allow))
	_, err := f.owls.Patch(ctx, bird.ID, rename("Archie"), allow)
	must(t, err)
	_, err = f.owls.Patch(ctx, bird.ID, rename("Archie"), allow) // changes nothing
	must(t, err)
	must(t, f.owls.Delete(t.Context(), bird.ID, allow)) // by the service itself

	entry := audit.Entry{
		Source: "Owls", SourceID: bird.ID, Actor: "jane", OperationID: "operation",
		Claims: audit.Claims{Claims: jane.Claims, Roles: jane.Roles},
	}
	created, updated := entry, entry
	created.EventType, updated.EventType = api.CreateEvent, api.UpdateEvent
	want := []audit.Entry{{Source: "Owls", SourceID: bird.ID, EventType: api.DeleteEvent}, updated, created}
	got := list(t, f.sessions, audit.Selection{Limit: 10})
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(audit.Entry{}, "ID", "CreatedAt", "EventID")); diff != "" {
		t.Errorf("entries, newest first (-want +got):\n%s", diff)
	}
	events, err := dao.NewEventDao(f.sessions).List(t.Context(), dao.Query{Size: 10})
	must(t, err)
	ids := map[string]bool{}
	for _, event := range events.Items {
		ids[event.ID] = true
	}
	for _, entry := range got {
		if !ids[entry.EventID] {
			t.Errorf("entry %d is of the event %s, which is not there", entry.ID, entry.EventID)
		}
		delete(ids, entry.EventID)
	}
}

// The object, the event and the entry are there together or not at all.
func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	fails := false
	f := newForest(t, func(context.Context, *api.Event) error {
		if fails {
			return broken
		}
		return nil
	})
	ctx := as(t, jane)
	bird := &owl{Name: "Archimedes"}
	must(t, f.owls.Create(ctx, bird, allow))
	f.wantRows(t, 1, 1, 1)

	fails = true // after the entry is written
	if err := f.owls.Create(ctx, &owl{}, allow); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of what comes after the recorder", err)
	}
	if err := f.owls.Delete(ctx, bird.ID, allow); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of what comes after the recorder", err)
	}
	f.wantRows(t, 1, 1, 1)
	fails = false

	for _, table := range []string{"audit_entries", "events"} { // and when one cannot be written
		must(t, f.sessions.New(t.Context()).Exec(`ALTER TABLE "`+table+`" ADD CONSTRAINT "never" CHECK (false) NOT VALID`).Error)
		if err := f.owls.Create(ctx, &owl{}, allow); err == nil {
			t.Errorf("an owl was made although nothing can be written to %s", table)
		}
		f.wantRows(t, 1, 1, 1)
		must(t, f.sessions.New(t.Context()).Exec(`ALTER TABLE "`+table+`" DROP CONSTRAINT "never"`).Error)
	}
	must(t, f.owls.Create(ctx, &owl{}, allow))
	f.wantRows(t, 2, 2, 2)
}

func TestRecordNeedsATransaction(t *testing.T) {
	t.Parallel()
	sessions := open(t)
	err := audit.NewRecorder(sessions).Record(t.Context(), &api.Event{Meta: api.Meta{ID: api.NewID()}, Source: "Owls", SourceID: api.NewID()})
	if err == nil || !strings.Contains(err.Error(), "not in a transaction") {
		t.Errorf("error %v, want one about the transaction", err)
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	f := newForest(t, nothing)
	first, second := &owl{Name: "first"}, &owl{Name: "second"}
	must(t, f.owls.Create(as(t, jane), first, allow))
	must(t, f.owls.Create(as(t, auth.Identity{Subject: "joe"}), second, allow))
	must(t, f.owls.Delete(as(t, auth.Identity{Subject: "joe"}), first.ID, allow))
	all := list(t, f.sessions, audit.Selection{Limit: 10})
	if len(all) != 3 {
		t.Fatalf("got %+v, want 3 entries", all)
	}
	for name, test := range map[string]struct {
		of   audit.Selection
		want []audit.Entry
	}{
		"limit":            {audit.Selection{Limit: 2}, all[:2]},
		"actor":            {audit.Selection{Limit: 9, Actor: "jane"}, all[2:]},
		"object":           {audit.Selection{Limit: 9, SourceID: first.ID}, []audit.Entry{all[0], all[2]}},
		"source":           {audit.Selection{Limit: 9, Source: "Owls"}, all},
		"another source":   {audit.Selection{Limit: 9, Source: "Bats"}, []audit.Entry{}},
		"since":            {audit.Selection{Limit: 9, Since: all[1].CreatedAt}, all[:2]},
		"since it ended":   {audit.Selection{Limit: 9, Since: all[0].CreatedAt.Add(time.Second)}, []audit.Entry{}},
		"object and actor": {audit.Selection{Limit: 9, SourceID: first.ID, Actor: "joe"}, all[:1]},
	} {
		if diff := cmp.Diff(test.want, list(t, f.sessions, test.of)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
