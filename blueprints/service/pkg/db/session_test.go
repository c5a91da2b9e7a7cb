package db_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestStoredObjectReadsAsItWas(t *testing.T) {
	t.Parallel()
	sessions := open(t, db.Config{URL: devdb.New(t)})
	handled := api.Now()
	want := &api.Event{
		Meta:     api.Meta{ID: api.NewID(), CreatedAt: api.Now(), UpdatedAt: api.Now(), RowVersion: 1},
		Sequence: 1, Source: "things", SourceID: api.NewID(), EventType: api.CreateEvent,
		RunAt: api.Now(), HandledAt: &handled,
	}
	if err := sessions.New(t.Context()).Create(want).Error; err != nil {
		t.Fatal(err)
	}
	got := new(api.Event)
	if err := sessions.New(t.Context()).First(got, "id = ?", want.ID).Error; err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, stored %+v", got, want)
	}
}

func TestEveryExecModeWorks(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	for _, mode := range []string{"", "cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		sessions := open(t, db.Config{URL: url, QueryExecMode: mode, ConnMaxLifetime: time.Minute, ConnectTimeout: time.Second})
		event := &api.Event{Meta: api.Meta{ID: api.NewID()}, Source: "things", SourceID: api.NewID(), EventType: api.DeleteEvent, RunAt: api.Now()}
		if err := sessions.New(t.Context()).Create(event).Error; err != nil {
			t.Errorf("mode %q: %v", mode, err)
		}
	}
}

func TestWrongURLIsSaidWithoutThePassword(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, url, want string }{
		{"empty", "", "empty"},
		{"blank", "  ", "empty"},
		{"prose", "the hidden database", "want postgres://"},
		{"port", "postgres://user:hidden@host:port/name", "want postgres://"},
		{"slash in the password", "postgres://user:hid/hidden@host:5432/name", "want postgres://"},
		{"percent in the password", "postgres://user:hidden%zz@host:5432/name", "want postgres://"},
		{"space in the password", "postgres://user:hidden hidden@host:x/name", "want postgres://"},
		{"colon in the password", "postgres://user:hid:hidden@host:5432:5432/name", "want postgres://"},
		{"settings", "host=h password=hidden hidden port=x", "want postgres://"},
		{"no such certificate", "postgres://user:hidden@host/name?sslmode=verify-full&sslrootcert=/no/such/file", "/no/such/file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := db.NewSessionFactory(t.Context(), db.Config{URL: test.url}, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("error %q shows the password", err)
			}
		})
	}
}

func TestUnknownExecModeIsAnError(t *testing.T) {
	t.Parallel()
	_, err := db.NewSessionFactory(t.Context(), db.Config{URL: "postgres://h/d", QueryExecMode: "fast"}, nil)
	if err == nil || !strings.Contains(err.Error(), "cache_describe") {
		t.Errorf("error %v, want the modes that there are", err)
	}
}

func TestAbsentServerIsUnavailable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	url := "postgres://user:hidden@" + address + "/name?sslmode=disable"

	// It accepts, and never says a word.
	_, err = db.NewSessionFactory(t.Context(), db.Config{URL: url, ConnectTimeout: 50 * time.Millisecond}, nil)
	checkAbsent(t, "silent", err)

	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	checkAbsent(t, "refusing", err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = db.NewSessionFactory(ctx, db.Config{URL: url}, nil); !errors.Is(err, context.Canceled) || errors.Is(err, db.ErrUnavailable) {
		t.Errorf("cancelled: error %v, want context.Canceled alone", err)
	}
}

func checkAbsent(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, db.ErrUnavailable) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%s server: error %v, want ErrUnavailable without the password", what, err)
	}
}

func TestDirectURL(t *testing.T) {
	t.Parallel()
	if got := (db.Config{URL: "a"}).DirectURL(); got != "a" {
		t.Errorf("without ListenURL: %q, want URL", got)
	}
	if got := (db.Config{URL: "a", ListenURL: "b"}).DirectURL(); got != "b" {
		t.Errorf("with ListenURL: %q, want it", got)
	}
}

func TestSlowStatementIsLoggedWithoutItsArguments(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: devdb.Empty(t)}, slog.New(slog.NewTextHandler(&text, nil)))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, t.Context(), sessions, "select pg_sleep(1), ?::text", "private")
	exec(t, t.Context(), sessions, "select 'fast'")
	if err := sessions.Close(); err != nil {
		t.Fatal(err)
	}
	if got := text.String(); !strings.Contains(got, "pg_sleep") || strings.Contains(got, "private") || strings.Contains(got, "fast") {
		t.Errorf("log %q, want the slow statement alone, without its argument", got)
	}
}

// backend is the process id of the connection of ctx's transaction.
func backend(t *testing.T, ctx context.Context, sessions *db.SessionFactory) int {
	t.Helper()
	var pid int
	if err := sessions.New(ctx).Raw("select pg_backend_pid()").Scan(&pid).Error; err != nil {
		t.Fatal(err)
	}
	return pid
}

// terminate ends a connection from the server's side and waits until it is so.
func terminate(t *testing.T, admin *pgx.Conn, pid int) {
	t.Helper()
	var ended bool
	err := admin.QueryRow(t.Context(), "select pg_terminate_backend($1, $2)", pid, patience.Milliseconds()).Scan(&ended)
	if err != nil || !ended {
		t.Fatalf("terminate connection %d: %v, error %v", pid, ended, err)
	}
}

// A busy pool is no reason for a replica to be taken out of service.
func TestPingDoesNotWaitForThePool(t *testing.T) {
	t.Parallel()
	sessions := open(t, db.Config{URL: devdb.New(t), MaxOpenConns: 1})
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		exec(t, ctx, sessions, "select 1") // holds the only connection
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		return sessions.Ping(ctx)
	})
	if err != nil {
		t.Errorf("with all connections in use: %v", err)
	}
}

// By default a server keeps the locks of a machine that is off for two hours.
func TestServerIsToldToNoticeDeadReplicas(t *testing.T) {
	t.Parallel()
	sessions := open(t, db.Config{URL: devdb.Empty(t)})
	for setting, want := range map[string]string{
		"tcp_user_timeout": "30000", "tcp_keepalives_idle": "6", "tcp_keepalives_interval": "6", "tcp_keepalives_count": "4",
	} {
		var got string
		var can bool // tell, and it does by TCP only
		err := sessions.DB().QueryRowContext(t.Context(),
			"select current_setting($1), inet_server_addr() is not null and version() ~ 'linux'", setting).Scan(&got, &can)
		if err != nil || can && got != want {
			t.Errorf("%s: %q, error %v; want %q", setting, got, err, want)
		}
	}
}
