package services_test

import (
	"context"
	"sync"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

// owl is a kind of these tests, so that they stay when the service's change.
type owl struct {
	api.Meta
	Name string
}

const owls = `
	CREATE TABLE "owls" ("id" uuid PRIMARY KEY, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL,
		"row_version" bigint NOT NULL, "name" text NOT NULL UNIQUE CHECK ("name" <> 'nobody'));`

// barn is a database of owls and a service of them.
type barn struct {
	services.Generic[owl]
	sessions *db.SessionFactory
	events   *services.EventService
	tools    services.Tools

	mu       sync.Mutex
	woken    int
	observed []string // ids of events
}

// newBarn runs prepare on a new database and builds a service on it.
func newBarn(t *testing.T, publishing services.Publishing, prepare string) *barn {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: devdb.New(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	b := &barn{sessions: sessions}
	b.exec(t, owls+prepare)
	publishing.Observe = b.observe
	b.events = services.NewEventService(dao.NewEventDao(sessions), b.wake, publishing)
	b.tools = services.Tools{Tx: sessions, Events: b.events, Effects: dao.NewEventEffects(sessions)}
	b.Generic = services.NewGeneric(b.tools, dao.NewStore[owl](sessions), "Owl", "Owls")
	return b
}

func (b *barn) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.woken++
}

func (b *barn) observe(event *api.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.observed = append(b.observed, event.ID)
}

func (b *barn) exec(t *testing.T, statements string, args ...any) {
	t.Helper()
	if err := b.sessions.New(t.Context()).Exec(statements, args...).Error; err != nil {
		t.Fatal(err)
	}
}

func (b *barn) count(t *testing.T, table string) (rows int) {
	t.Helper()
	if err := b.sessions.New(t.Context()).Raw(`SELECT count(*) FROM "` + table + `"`).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

// wantNothing checks that no trace is left of what failed.
func (b *barn) wantNothing(t *testing.T) {
	t.Helper()
	for _, table := range []string{"owls", "events", "event_deliveries", "event_effects"} {
		if rows := b.count(t, table); rows > 0 {
			t.Errorf("%s has %d rows, want none", table, rows)
		}
	}
	if b.woken > 0 || len(b.observed) > 0 {
		t.Errorf("woken %d times, observed %v; want nothing of what was not committed", b.woken, b.observed)
	}
}

func (b *barn) create(ctx context.Context, name string) (*owl, error) {
	obj := &owl{Name: name}
	return obj, b.Create(ctx, obj, func(context.Context, *owl) error { return nil })
}

// refuse makes every insert into a table fail, at once or when it is committed.
func refuse(table, when string) string {
	return `
	CREATE FUNCTION "refuse"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more rows'; END $$;
	CREATE CONSTRAINT TRIGGER "refuse" AFTER INSERT ON "` + table + `" DEFERRABLE INITIALLY ` + when + ` FOR EACH ROW EXECUTE FUNCTION "refuse"();`
}
