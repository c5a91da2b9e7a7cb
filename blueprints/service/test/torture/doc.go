// Package torture tests what the service promises about events while all goes
// wrong that can: replicas are killed, connections are cut or go silent,
// PostgreSQL stops and crashes, handlers fail, panic and hang.
//
//	test ── writers ──┐                       ┌── replica 1 ──┐
//	  │               ├── proxy ─ PostgreSQL ─┼── replica 2   ├─ before and after
//	  │  mishaps ─────┴──────┴────────┴───────┴── replica 3 ──┘  each attempt
//	  └── witness ◀──────────────────────────────────────────────────┘
//
// Replicas are processes of the program in the folder replica: the service's
// own environment and server, with a handler that tells the witness, which
// lives in the test and which no mishap reaches, of each attempt, and does what
// the witness says. So there is one order of all that happened, and the truth
// about it in one place; what was committed is in the database.
//
// `go test` takes a short form of some ten seconds, TORTURE=full (`make torture`)
// the long one. TORTURE_SEED repeats the choices of a run, which each run logs.
package torture

// Source is that of the events that the replicas handle.
const Source = "torture"

// Schema makes the tables that the tests write to.
const Schema = `
	CREATE TABLE "torture_objects" ("id" uuid PRIMARY KEY, "version" bigint NOT NULL DEFAULT 0);
	CREATE TABLE "torture_changes" (
		"id"      uuid   PRIMARY KEY,
		"object"  uuid   NOT NULL,
		"version" bigint NOT NULL
	);
	CREATE TABLE "torture_effects" ("event_id" uuid NOT NULL);`
