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
	notifier := db.NewNotifier(db.Config{URL: url}, channel, nil)
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
		terminate(t, admin, idle(t, admin, "listen %"))
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
	network := newProxy(t, devdb.Empty(t))
	conn := listening(t, network.url)
	notifier := db.NewNotifier(db.Config{URL: network.url}, channel, nil)
	stop := run(t, notifier)
	awaitNotification(t, conn) // it is connected
	// While the network is down no NOTIFY gets through: of a thousand, one is
	// under way and one waits. The stop may interrupt the latter, which is then
	// sent again.
	network.hush()
	for range 1000 {
		notifier.Wake()
	}
	network.resume()
	awaitNotification(t, conn)
	stop() // sends what waits
	notify(t, network.url, "last")
	for more := 0; awaitNotification(t, conn) != "last"; more++ {
		if more == 2 {
			t.Fatal("a fourth notification for 1000 wake-ups, want three at most")
		}
	}
}

func TestWakeUpDoesNotWaitForThePool(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url, MaxOpenConns: 1})
	conn := listening(t, url)
	notifier := db.NewNotifier(db.Config{URL: url}, channel, nil)
	run(t, notifier)
	awaitNotification(t, conn)
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		exec(t, ctx, sessions, "select 1") // holds the only connection
		notifier.Wake()
		awaitNotification(t, conn)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNotifierComesBack(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	admin, conn := connect(t, url), listening(t, url)
	notifier := db.NewNotifier(db.Config{URL: url}, channel, nil)
	run(t, notifier)
	awaitNotification(t, conn)
	for range 3 {
		terminate(t, admin, idle(t, admin, "select pg_notify%"))
		notifier.Wake()
		awaitNotification(t, conn)
	}
}

func TestNotifierComesBackFromSilence(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	network, conn := newProxy(t, url), listening(t, url)
	notifier := db.NewNotifier(db.Config{URL: network.url}, channel, nil).Distrust()
	run(t, notifier)
	awaitNotification(t, conn)
	network.forget()
	notifier.Wake()
	awaitNotification(t, conn)
}

func TestListenerComesBackFromSilence(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	network := newProxy(t, url)
	woken := make(chan struct{}, 100)
	run(t, db.NewListener(db.Config{URL: network.url}, channel, func() { woken <- struct{}{} }, nil).Distrust())
	receive(t, "the wake-up of the first LISTEN", woken)
	network.forget()
	notify(t, url, "into the void")
	receive(t, "the wake-up of another LISTEN", woken)
	notify(t, url, "heard")
	receive(t, "a notification on the new connection", woken)
}

// Where LISTEN is impossible, those who look from time to time go on; the
// listener tries again until it is possible.
func TestListenerThatCannotListenGoesOn(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	network := newProxy(t, url)
	network.lead(t, "postgres://127.0.0.1:1/none")
	logged := make(lineWriter, 100)
	woken := make(chan struct{}, 100)
	run(t, db.NewListener(db.Config{URL: url, ListenURL: network.url}, channel, func() { woken <- struct{}{} }, logged.logger()))
	for range 2 {
		if line := receive(t, "the warning", logged); !strings.Contains(line, "interrupted") {
			t.Errorf("logged %q, want that listening was interrupted", line)
		}
	}
	if len(woken) > 0 {
		t.Error("woken without a LISTEN")
	}
	network.lead(t, url)
	receive(t, "the wake-up of the first LISTEN", woken)
}

// listening is a connection that hears the channel.
func listening(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), "listen "+channel); err != nil {
		t.Fatal(err)
	}
	return conn
}

func notify(t *testing.T, url, payload string) {
	t.Helper()
	if _, err := connect(t, url).Exec(t.Context(), "select pg_notify($1, $2)", channel, payload); err != nil {
		t.Fatal(err)
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
	notifier := db.NewNotifier(db.Config{URL: url}, channel, nil)
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
	url := devdb.Empty(t)
	network, conn := newProxy(t, url), listening(t, url)
	network.lead(t, "postgres://127.0.0.1:1/none")
	notifier := db.NewNotifier(db.Config{URL: network.url}, channel, logged.logger())
	run(t, notifier)
	notifier.Wake()
	for range 2 {
		if line := receive(t, "the warning", logged); !strings.Contains(line, "wake-up delayed") {
			t.Errorf("logged %q, want that a wake-up is delayed", line)
		}
	}
	network.lead(t, url)
	awaitNotification(t, conn) // nothing is lost
}

func TestNotifierRefusesAWrongURL(t *testing.T) {
	t.Parallel()
	if err := db.NewNotifier(db.Config{URL: "nonsense"}, channel, nil).Run(t.Context()); err == nil {
		t.Error("no error for a URL that cannot be read")
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
	stopNotifier := run(t, db.NewNotifier(db.Config{URL: url}, channel, nil))
	unlock, err := db.NewLockFactory(sessions).Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	leading := make(chan struct{}, 1)
	err = db.NewLeader(db.Config{URL: url}, "work", nil).Hasten().Run(t.Context(), func(context.Context) error {
		leading <- struct{}{}
		return nil
	})
	if receive(t, "the leader's work", leading); err != nil {
		t.Fatal(err)
	}
	stopListener()
	stopNotifier()
	if err := sessions.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}

// idle waits until a connection idles after a statement like that, for which
// PostgreSQL gives no signal, and returns its process id.
func idle(t *testing.T, admin *pgx.Conn, statement string) (pid int) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		err := admin.QueryRow(t.Context(), `select pid from pg_stat_activity
			where datname = current_database() and query ilike $1 and state = 'idle'`, statement).Scan(&pid)
		if err == nil {
			return pid
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Fatal(err)
		}
	}
	t.Fatalf("no connection idles after %s", statement)
	return 0
}
