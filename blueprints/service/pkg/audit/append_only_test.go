package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// change runs statements in one transaction, which is undone.
func change(t *testing.T, sessions *db.SessionFactory, statements ...string) (err error) {
	t.Helper()
	undo := errors.New("undo")
	txErr := sessions.InTx(t.Context(), func(ctx context.Context) error {
		for _, statement := range statements {
			if err = sessions.New(ctx).Exec(statement).Error; err != nil {
				break
			}
		}
		return undo
	})
	if !errors.Is(txErr, undo) {
		t.Fatal(txErr)
	}
	return err
}

func TestEntriesAreOnlyAdded(t *testing.T) {
	t.Parallel()
	f := newForest(t, nothing)
	must(t, f.owls.Create(as(t, jane), &owl{}, allow))
	const (
		retention = `SET LOCAL audit.retention = 'on'`
		remove    = `DELETE FROM "audit_entries"`
		other     = `CREATE ROLE "audit_test_other"`
		grant     = `GRANT ALL ON "audit_entries" TO "audit_test_other"`
		become    = `SET LOCAL ROLE "audit_test_other"`
	)
	for name, test := range map[string]struct {
		statements []string
		refused    bool
	}{
		"update":                    {[]string{`UPDATE "audit_entries" SET "actor" = 'eve'`}, true},
		"delete":                    {[]string{remove}, true},
		"truncate":                  {[]string{`TRUNCATE "audit_entries"`}, true},
		"as a replica":              {[]string{`SET LOCAL session_replication_role = replica`, remove}, true},
		"upsert":                    {[]string{`INSERT INTO "audit_entries" OVERRIDING SYSTEM VALUE SELECT * FROM "audit_entries" ON CONFLICT ("id") DO UPDATE SET "actor" = 'eve'`}, true},
		"retention":                 {[]string{retention, remove}, false},
		"retention does not update": {[]string{retention, `UPDATE "audit_entries" SET "actor" = 'eve'`}, true},
		"retention does not empty":  {[]string{retention, `TRUNCATE "audit_entries"`}, true},
		"retention by another":      {[]string{other, grant, become, retention, remove}, true},
		"retention by a search path": {[]string{
			other, grant, `CREATE SCHEMA "audit_test_false" AUTHORIZATION "audit_test_other"`, become,
			`CREATE FUNCTION "audit_test_false".pg_has_role(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
			`SELECT set_config('search_path', '"audit_test_false", pg_catalog, ' || current_setting('search_path'), true)`,
			retention, remove,
		}, true},
		"another can write and read": {[]string{other, grant, become, `SELECT FROM "audit_entries"`, `INSERT INTO "audit_entries" ("event_id", "event_type", "source", "source_id", "actor", "claims", "operation_id") VALUES (gen_random_uuid(), '', '', gen_random_uuid(), '', '{}', '')`}, false},
	} {
		err := change(t, f.sessions, test.statements...)
		refused := err != nil && strings.Contains(err.Error(), "audit_entries is append-only")
		if refused != test.refused || (err != nil && !refused) {
			t.Errorf("%s: refused %t, want %t; error %v", name, refused, test.refused, err)
		}
	}
	f.wantRows(t, 1, 1, 1)
}
