package db_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// office is what several candidates lead in turn; two at a time are an error.
type office struct {
	t       *testing.T
	holders atomic.Int32
	began   chan string // names of the candidates whose work began
	ended   chan string // and ended
}

func newOffice(t *testing.T) *office {
	return &office{t: t, began: make(chan string, 100), ended: make(chan string, 100)}
}

// hold is work that lasts as long as it may.
func (o *office) hold(name string) func(context.Context) error {
	return o.during(name, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
}

func (o *office) during(name string, work func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if n := o.holders.Add(1); n != 1 {
			o.t.Errorf("%d lead at a time, one of them %s", n, name)
		}
		o.began <- name
		defer func() {
			o.holders.Add(-1)
			o.ended <- name
		}()
		return work(ctx)
	}
}

// candidate is a Leader with its work.
type candidate struct {
	leader *db.Leader
	work   func(context.Context) error
}

func (c candidate) Run(ctx context.Context) error { return c.leader.Run(ctx, c.work) }

func leader(url string) *db.Leader {
	return db.NewLeader(db.Config{URL: url}, "work", nil).Hasten()
}

func TestEveryCandidateLeadsInItsTurn(t *testing.T) {
	t.Parallel()
	for name, candidates := range map[string]int{"two": 2, "eight": 8} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := devdb.Empty(t)
			admin := connect(t, url)
			held := make(chan int, candidates)
			o := newOffice(t)
			ended := make(chan error, candidates)
			for range candidates {
				go func() {
					ended <- leader(url).Run(t.Context(), o.during("one of many", func(ctx context.Context) error {
						var locks int // only one is here, so that the connection is its own
						err := admin.QueryRow(ctx, "select count(*) from pg_locks where locktype = 'advisory' and database = "+here).Scan(&locks)
						held <- locks
						return err
					}))
				}()
			}
			for range candidates {
				if err := receive(t, "the end of a candidate whose work is done", ended); err != nil {
					t.Errorf("Run = %v, want nil", err)
				}
				if locks := <-held; locks != 1 {
					t.Errorf("%d locks while one leads, want 1", locks)
				}
			}
			checkFree(t, url)
		})
	}
}

func TestTerminatedLeaderIsSucceeded(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	admin := connect(t, url)
	o := newOffice(t)
	for _, name := range []string{"one", "two"} {
		run(t, candidate{leader(url), o.hold(name)})
	}
	leads := receive(t, "the first leader", o.began)
	for range 3 {
		terminate(t, admin, lockHolder(t, admin))
		if lost := receive(t, "the end of its work", o.ended); lost != leads {
			t.Errorf("%s stopped when %s lost the leadership", lost, leads)
		}
		leads = receive(t, "a successor", o.began)
	}
}

func TestSilentLeaderIsSucceeded(t *testing.T) {
	t.Parallel()
	t.Run("at the server", func(t *testing.T) { testSilentLeader(t, func(*proxy) {}) })
	t.Run("through a pooler", func(t *testing.T) { testSilentLeader(t, (*proxy).pose) })
}

func testSilentLeader(t *testing.T, prepare func(*proxy)) {
	t.Parallel()
	url := devdb.Empty(t)
	network := newProxy(t, url)
	prepare(network)
	o := newOffice(t)
	run(t, candidate{leader(network.url), o.hold("far")})
	receive(t, "the leader", o.began)
	run(t, candidate{leader(url), o.hold("near")})
	network.hush()
	// Neither side learns anything by the network; the server has to end the
	// session by itself.
	if name := receive(t, "the end of its work", o.ended); name != "far" {
		t.Errorf("%s stopped, want the one who is cut off", name)
	}
	if name := receive(t, "a successor", o.began); name != "near" {
		t.Errorf("%s leads, want the one who is not cut off", name)
	}
}

func TestLeaderLeadsAgainAfterARestart(t *testing.T) {
	t.Setenv("DATABASE_URL", "") // a server of its own, to be stopped; so not parallel
	if testing.Short() {
		t.Skip("needs PostgreSQL, which -short leaves out")
	}
	options := devdb.Options{Dir: t.TempDir()}
	start := func() *devdb.Server {
		server, err := devdb.Start(context.Background(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Stop(); err != nil {
				t.Error(err)
			}
		})
		return server
	}
	server := start()
	network := newProxy(t, server.URL())
	o := newOffice(t)
	for _, name := range []string{"one", "two"} {
		run(t, candidate{leader(network.url), o.hold(name)})
	}
	leads := receive(t, "the leader", o.began)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if lost := receive(t, "the end of its work", o.ended); lost != leads {
		t.Errorf("%s stopped when %s lost the leadership", lost, leads)
	}
	network.lead(t, start().URL())
	receive(t, "a leader after the restart", o.began)
}

func TestLeaderStopsInOrder(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	admin := connect(t, url)
	ctx, stop := context.WithCancel(t.Context())
	var observed []bool
	one := leader(url)
	one.Observe = func(leads bool) { observed = append(observed, leads) }
	began, stopping, finish := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- one.Run(ctx, func(ctx context.Context) error {
			close(began)
			<-ctx.Done()
			close(stopping)
			<-finish
			return ctx.Err()
		})
	}()
	receive(t, "the leader", began)
	stop()
	receive(t, "the end of ctx", stopping)
	lockHolder(t, admin) // fails if there is none: the work has not ended yet
	select {
	case err := <-ended:
		t.Errorf("Run = %v before its work ended", err)
	default:
	}
	close(finish)
	if err := receive(t, "the end of Run", ended); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
	checkFree(t, url) // at once
	if len(observed) != 2 || !observed[0] || observed[1] {
		t.Errorf("observed %v, want the begin and the end", observed)
	}
}

func TestWorkThatFailsIsRunAgain(t *testing.T) {
	t.Parallel()
	logged := make(lineWriter, 100)
	attempts := 0
	one := db.NewLeader(db.Config{URL: devdb.Empty(t)}, "work", logged.logger()).Hasten()
	err := one.Run(t.Context(), func(context.Context) error {
		if attempts++; attempts < 3 {
			return errRefused
		}
		return nil
	})
	if err != nil || attempts != 3 {
		t.Errorf("Run = %v after %d attempts, want nil after 3", err, attempts)
	}
	failures := 0
	for close(logged); len(logged) > 0; {
		if line := <-logged; strings.Contains(line, "WARN") && strings.Contains(line, errRefused.Error()) {
			failures++
		}
	}
	if failures != 2 {
		t.Errorf("%d failures logged, want 2", failures)
	}
}

func TestWorkThatFailsToStopIsAnError(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	err := leader(devdb.Empty(t)).Run(ctx, func(context.Context) error {
		stop()
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("Run = %v, want what went wrong", err)
	}
}

func TestPanicOfWorkFreesTheLock(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	defer func() {
		if value := recover(); value != "lost" {
			t.Errorf("recovered %v, want the panic's value", value)
		}
		checkFree(t, url)
	}()
	_ = leader(url).Run(t.Context(), func(context.Context) error { panic("lost") })
}

func TestLeadersKeyIsItsOwn(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	locks := db.NewLockFactory(open(t, db.Config{URL: url}))
	err := leader(url).Run(t.Context(), func(ctx context.Context) error {
		for _, name := range [][2]string{{"work", api.ServiceName}, {api.ServiceName, "work"}, {"work", ""}, {"", "work"}} {
			unlock, err := locks.TryLock(ctx, name[0], name[1])
			if err != nil {
				return err
			}
			unlock()
		}
		// Leaders of other names lead meanwhile.
		return db.NewLeader(db.Config{URL: url}, "other work", nil).Hasten().Run(ctx, func(context.Context) error { return nil })
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCandidateStopsWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	logged := make(lineWriter, 100)
	one := db.NewLeader(db.Config{URL: "postgres://127.0.0.1:1/none"}, "work", logged.logger())
	stop := run(t, candidate{one, func(context.Context) error {
		t.Error("leads without a server")
		return nil
	}})
	if line := receive(t, "the warning", logged); !strings.Contains(line, "interrupted") {
		t.Errorf("logged %q, want that leadership was interrupted", line)
	}
	stop()
}

// Through a pooler the session may be given to others: nothing of the leader may
// be left in it, and people are told of a better way.
func TestLeaderThroughAPooler(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	admin := connect(t, url)
	for _, pools := range []bool{false, true} {
		network := newProxy(t, url)
		if pools {
			network.pose()
		}
		var log bytes.Buffer
		leader := db.NewLeader(db.Config{URL: network.url}, "work", slog.New(slog.NewTextHandler(&log, nil))).Hasten()
		err := leader.Run(t.Context(), func(ctx context.Context) error {
			var inTransaction bool
			err := admin.QueryRow(ctx, `select state = 'idle in transaction' or xact_start is not null from pg_stat_activity
				join pg_locks using (pid) where locktype = 'advisory' and database = `+here).Scan(&inTransaction)
			if err == nil && inTransaction != pools {
				t.Errorf("pooler %t: the lock is held in a transaction: %t", pools, inTransaction)
			}
			return err
		})
		if err != nil {
			t.Errorf("pooler %t: %v", pools, err)
		}
		if warned := strings.Contains(log.String(), "--database-listen-url"); warned != pools {
			t.Errorf("pooler %t, warned %t: %s", pools, warned, &log)
		}
		checkFree(t, url)
	}
}

func TestLeaderRefusesAWrongURL(t *testing.T) {
	t.Parallel()
	err := db.NewLeader(db.Config{URL: "postgres://h/d", ListenURL: "nonsense"}, "work", nil).Run(t.Context(), nil)
	if err == nil {
		t.Error("no error for a ListenURL that cannot be read")
	}
}

// lockHolder is the process id of the only one who holds an advisory lock.
func lockHolder(t *testing.T, admin *pgx.Conn) (pid int) {
	t.Helper()
	err := admin.QueryRow(t.Context(), "select pid from pg_locks where locktype = 'advisory' and granted and database = "+here).Scan(&pid)
	if err != nil {
		t.Fatalf("who holds the lock: %v", err)
	}
	return pid
}
