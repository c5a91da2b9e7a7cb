package migrations_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

const (
	// replicaURL in the environment makes this program a replica that migrates.
	replicaURL = "TEST_REPLICA_URL"

	replicas = 8
	patience = 30 * time.Second
)

func beReplica(url string) (code int) {
	if err := migrations.Up(context.Background(), url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// replica is a process that migrates; the server knows it by its name.
type replica struct {
	name    string
	process *exec.Cmd
	output  bytes.Buffer
}

func startReplica(t *testing.T, url, name string) *replica {
	t.Helper()
	r := &replica{name: name, process: exec.CommandContext(t.Context(), os.Args[0])}
	r.process.Env = append(os.Environ(), replicaURL+"="+url, "PGAPPNAME="+name)
	r.process.Stdout, r.process.Stderr = &r.output, &r.output
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestKilledReplicaIsReplaced kills the one of eight that migrates, in the middle
// of a statement that has no end in sight.
func TestKilledReplicaIsReplaced(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a server on Windows does not notice that its client died before the statement ends")
	}
	url := devdb.Empty(t)
	admin := connect(t, url)

	// A table that is not committed yet holds up the statement of the same name.
	blocker := begin(t, url)
	if _, err := blocker.Exec(t.Context(), "create table event_cursors ()"); err != nil {
		t.Fatal(err)
	}
	var all []*replica
	for i := range replicas {
		all = append(all, startReplica(t, url, fmt.Sprint("replica ", i)))
	}
	await(t, admin, "all replicas are connected", `select count(distinct application_name) = $1
		from pg_stat_activity where datname = current_database() and application_name like 'replica %'`, replicas)
	// Some wait for a moment for each other, as for room in a table; only one for the blocker.
	const stuck = "from pg_stat_activity where datname = current_database() and $1::int = any(pg_blocking_pids(pid))"
	blocking := blocker.Conn().PgConn().PID()
	await(t, admin, "one is in the middle", "select count(*) = 1 "+stuck, blocking)
	var name string
	var pid int
	if err := admin.QueryRow(t.Context(), "select application_name, pid "+stuck, blocking).Scan(&name, &pid); err != nil {
		t.Fatal(err)
	}
	dead := slices.IndexFunc(all, func(r *replica) bool { return r.name == name })
	if err := all[dead].process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = all[dead].process.Wait() // it was killed
	await(t, admin, "the server has noticed", "select not exists (select from pg_stat_activity where pid = $1)", pid)
	await(t, admin, "another one is in the middle", "select count(*) = 1 "+stuck, blocking)
	if err := blocker.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Delete(all, dead, dead+1) {
		if err := r.process.Wait(); err != nil {
			t.Errorf("%s: %v: %s", r.name, err, &r.output)
		}
	}
	checkApplied(t, url, len(files(t)))
	await(t, admin, "no lock is left", `select count(*) = 0 from pg_locks where locktype = 'advisory'
		and database = (select oid from pg_database where datname = current_database())`)
}

// await waits until a query says yes, for which PostgreSQL gives no signal.
func await(t *testing.T, admin *pgx.Conn, what, query string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for yes := false; !yes; {
		if err := admin.QueryRow(ctx, query, args...).Scan(&yes); err != nil {
			t.Fatalf("not so: %s: %v", what, err)
		}
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// begin opens a transaction on a connection of its own.
func begin(t *testing.T, url string) pgx.Tx {
	t.Helper()
	tx, err := connect(t, url).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tx.Rollback(context.Background()); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
			t.Error(err)
		}
	})
	return tx
}
