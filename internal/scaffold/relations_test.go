package scaffold

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestRelationsAreFoundInMigrations(t *testing.T) {
	t.Parallel()
	w := newWorkspace(fstest.MapFS{
		migrationsDir + "/20260101000000_first.sql": {Data: []byte(`-- CREATE TABLE "in_a_comment" ();
-- +goose Up
CREATE SEQUENCE "things_seq";
create unlogged table if not exists public.THINGS (id int); -- create table in_another
CREATE UNIQUE INDEX CONCURRENTLY "things_open" ON "things" (id);
CREATE INDEX ON "things" ("id");
CREATE MATERIALIZED VIEW "seen" AS SELECT 1;
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE
    "gone" (id int);
CREATE TABLE gone_too (id int);
CREATE TABLE "before" (id int);

-- +goose Down
DROP TABLE "things";
`)},
		migrationsDir + "/20260101000001_add_orders.sql": {Data: []byte(`-- +goose Up
CREATE TABLE "orders" ();`)},
		migrationsDir + "/20260101000002_second.sql": {Data: []byte(`-- +goose Up
DROP TABLE IF EXISTS "gone", gone_too CASCADE;
ALTER TABLE ONLY "before" RENAME TO "after";
ALTER TABLE "things" ADD COLUMN "name" text;
-- +goose Down
CREATE TABLE "gone" (id int);
`)},
		migrationsDir + "/migrations.go": {Data: []byte(`package migrations // CREATE TABLE "no_migration" ()`)},
	})
	found, err := relationsOf(w, map[string]bool{"20260101000001": true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for name, r := range found {
		got = append(got, name+": "+strings.ReplaceAll(r.what+" in "+r.file, migrationsDir+"/20260101", ""))
	}
	slices.Sort(got)
	want := []string{
		"after: table in 000002_second.sql:3",
		"mood: type in 000000_first.sql:8",
		"seen: view in 000000_first.sql:7",
		"things: table in 000000_first.sql:4",
		"things_open: index in 000000_first.sql:5",
		"things_seq: sequence in 000000_first.sql:3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What the service has in its database itself is refused as a kind, with a
// suggestion; the table of names says so for each.
func TestTablesOfTheServiceAreInTheTableOfNames(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	found, err := relationsOf(newWorkspace(b.FS), map[string]bool{b.Kind.MigrationID: true})
	if err != nil {
		t.Fatal(err)
	}
	rows := nameTable(t, "kinds.txt")
	tables := 0
	for name, r := range found {
		if r.what != "table" {
			continue
		}
		tables++
		refused := slices.ContainsFunc(rows, func(row nameRow) bool {
			return strings.Contains(row.reason, "the table "+name)
		})
		if !refused {
			t.Errorf("no row of testdata/names/kinds.txt says that a kind of the table %s is refused: the table in %s", name, r.file)
		}
	}
	if tables == 0 {
		t.Error("no tables found")
	}
}
