package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

func TestSchemaIsAskedForNowAndThen(t *testing.T) {
	t.Parallel()
	applied := []migrations.State{{Name: "1.sql", AppliedAt: noon}, {Name: "2.sql", AppliedAt: noon}}
	behind := []migrations.State{{Name: "1.sql", AppliedAt: noon}, {Name: "2.sql"}}
	away := errors.New("dial tcp: refused")
	now, asked := noon, 0
	var states []migrations.State
	var broken error
	s := newSchema(func(context.Context) ([]migrations.State, error) {
		asked++
		return states, broken
	})
	s.now = func() time.Time { return now }
	steps := []struct {
		name   string
		after  time.Duration
		states []migrations.State
		broken error
		wrong  string // empty is ready
		asked  int
	}{
		{"the database is away at first", 0, nil, away, errNotAsked.Error(), 1},
		{"behind", 0, behind, nil, "2.sql", 2},
		{"behind, and now away", 0, nil, away, "2.sql", 3},
		{"migrated", 0, applied, nil, "", 4},
		{"asked again soon", schemaAge - 1, behind, nil, "", 4},
		{"away later: not its business", 1, nil, away, "", 5},
		{"nor soon after", schemaAge - 1, nil, away, "", 5},
		{"taken back", 1, behind, nil, "2.sql", 6},
		{"applied again, which is noticed at once", 0, applied, nil, "", 7},
	}
	for _, step := range steps {
		now = now.Add(step.after)
		states, broken = step.states, step.broken
		err := s.check(t.Context())
		if (err == nil) != (step.wrong == "") || err != nil && !strings.Contains(err.Error(), step.wrong) {
			t.Errorf("%s: got %v, want %q", step.name, err, step.wrong)
		}
		if asked != step.asked {
			t.Errorf("%s: asked %d times so far, want %d", step.name, asked, step.asked)
		}
	}
}

func TestADatabaseThatIsBehindIsNotReady(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	s := newSchema(func(ctx context.Context) ([]migrations.State, error) { return migrations.Status(ctx, url) })
	if err := s.check(t.Context()); err != nil {
		t.Errorf("migrated: got %v", err)
	}
	if err := migrations.Down(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return time.Now().Add(schemaAge) }
	if err := s.check(t.Context()); err == nil || !strings.Contains(err.Error(), ".sql: run migrate") {
		t.Errorf("behind: got %v, want the migration that lacks", err)
	}
}
