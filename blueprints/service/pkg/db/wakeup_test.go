package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

const channel = "wake_ups"

// run runs a Listener or Notifier until stop is called, which waits for its end.
func run(t *testing.T, runner interface{ Run(context.Context) error }) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(ctx) }()
	stop = func() {
		cancel()
		if err := receive(t, "the end of Run", ended); err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return stop
}

// listen runs a listener; each wake-up is sent to the channel.
func listen(t *testing.T, url string) (woken <-chan struct{}, stop func()) {
	t.Helper()
	signal := make(chan struct{}, 100)
	stop = run(t, db.NewListener(db.Config{URL: url}, channel, func() { signal <- struct{}{} }, nil))
	receive(t, "the wake-up of the first LISTEN", signal)
	return signal, stop
}

func TestWakeAfterCommitReachesEveryListener(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url})
	notifier := db.NewNotifier(sessions, channel, nil)
	run(t, notifier)
	one, _ := listen(t, url)
	two, _ := listen(t, url)
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		db.AfterCommit(ctx, notifier.Wake)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	receive(t, "the wake-up of the first", one)
	receive(t, "the wake-up of the second", two)
}

func TestListenerComesBack(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	admin := connect(t, url)
	woken, _ := listen(t, url)
	for range 3 {
		terminate(t, admin, listenersBackend(t, admin))
		receive(t, "the wake-up of another LISTEN", woken)
	}
	if _, err := admin.Exec(t.Context(), "notify "+channel); err != nil {
		t.Fatal(err)
	}
	receive(t, "a notification on the new connection", woken)
}

func TestListenerStopsWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	logged := make(lineWriter, 100)
	listener := db.NewListener(db.Config{URL: "postgres://127.0.0.1:1/none"}, channel, func() {
		t.Error("woken without a server")
	}, logged.logger())
	stop := run(t, listener)
	if line := receive(t, "the warning", logged); !strings.Contains(line, "interrupted") {
		t.Errorf("logged %q, want that listening was interrupted", line)
	}
	stop()
}

func TestListenerRefusesAWrongURL(t *testing.T) {
	t.Parallel()
	err := db.NewListener(db.Config{URL: "postgres://h/d", ListenURL: "nonsense"}, "c", func() {}, nil).Run(t.Context())
	if err == nil {
		t.Error("no error for a ListenURL that cannot be read")
	}
}

func TestNotifierCoalesces(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url, MaxOpenConns: 1})
	notifier := db.NewNotifier(sessions, channel, nil)
	stop := run(t, notifier)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "listen "+channel); err != nil {
		t.Fatal(err)
	}
	// While the transaction has the only connection no NOTIFY gets out: of a
	// thousand, one is under way and one waits. The stop may interrupt the
	// latter, which is then sent again.
	err := sessions.InTx(t.Context(), func(context.Context) error {
		for range 1000 {
			notifier.Wake()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	awaitNotification(t, conn)
	stop() // sends what waits
	exec(t, t.Context(), sessions, "select pg_notify(?, 'last')", channel)
	for more := 0; awaitNotification(t, conn) != "last"; more++ {
		if more == 2 {
			t.Fatal("a fourth notification for 1000 wake-ups, want three at most")
		}
	}
}

func awaitNotification(t *testing.T, conn *pgx.Conn) (payload string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	if err != nil {
		t.Fatalf("no notification: %v", err)
	}
	return n.Payload
}

func TestNotifierFlushesWhenItStops(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "listen "+channel); err != nil {
		t.Fatal(err)
	}
	notifier := db.NewNotifier(open(t, db.Config{URL: url}), channel, nil)
	notifier.Wake()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := notifier.Run(ctx); err != nil {
		t.Fatal(err)
	}
	awaitNotification(t, conn)
}

func TestNotifierGoesOnWhenTheServerIsAway(t *testing.T) {
	t.Parallel()
	logged := make(lineWriter, 100)
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: devdb.Empty(t)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	notifier := db.NewNotifier(sessions, channel, logged.logger())
	run(t, notifier)
	if err := sessions.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		notifier.Wake()
		if line := receive(t, "the warning", logged); !strings.Contains(line, "wake-up lost") {
			t.Errorf("logged %q, want that a wake-up was lost", line)
		}
	}
}

// TestNothingIsLeftRunning is not parallel: it looks at all goroutines.
func TestNothingIsLeftRunning(t *testing.T) {
	url := devdb.Empty(t)
	before := goleak.IgnoreCurrent()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, stopListener := listen(t, url)
	stopNotifier := run(t, db.NewNotifier(sessions, channel, nil))
	unlock, err := db.NewLockFactory(sessions).Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	stopListener()
	stopNotifier()
	if err := sessions.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}

// listenersBackend waits until the listener idles in its LISTEN, for which
// PostgreSQL gives no signal, and returns its process id.
func listenersBackend(t *testing.T, admin *pgx.Conn) (pid int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		err := admin.QueryRow(t.Context(), `select pid from pg_stat_activity
			where datname = current_database() and query ilike 'listen %' and state = 'idle'`).Scan(&pid)
		if err == nil {
			return pid
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
	}
	t.Fatal("nobody listens")
	return 0
}
