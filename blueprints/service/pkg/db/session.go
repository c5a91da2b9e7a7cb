package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	gormlogger "gorm.io/gorm/logger"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// What Config's zero values mean.
const (
	defaultMaxOpenConns   = 20
	defaultConnectTimeout = 5 * time.Second
)

// deadPeer is how long the server keeps the transactions, and so the locks, of a
// replica whose machine or network is gone.
const deadPeer = 30 * time.Second

// slowStatement is the time from which a statement is logged as a warning.
const slowStatement = time.Second

// Config says which database is used and how. Only URL is required.
type Config struct {
	// URL is a PostgreSQL URL (postgres://user:password@host:5432/name) or
	// the same as settings (host=… user=…).
	URL string

	// MaxOpenConns bounds the pool; 0 means 20. As many stay open when idle.
	MaxOpenConns int

	// ConnMaxLifetime closes connections that are older; 0 keeps them.
	ConnMaxLifetime time.Duration

	// ConnectTimeout bounds each attempt to connect; 0 means what URL says in
	// connect_timeout, else five seconds.
	ConnectTimeout time.Duration

	// QueryExecMode is how statements are sent: cache_statement,
	// cache_describe, describe_exec, exec or simple_protocol. Empty means what
	// URL says in default_query_exec_mode, else cache_statement. Behind
	// pgbouncer with transaction pooling it has to be cache_describe.
	QueryExecMode string

	// LockTimeout bounds each wait for a lock of a LockFactory, and for a row
	// where BoundLocks is called; 0 waits as long as ctx lets it.
	LockTimeout time.Duration

	// Tracer, unless nil, is told of each statement.
	Tracer pgx.QueryTracer

	// ListenURL reaches the server itself when URL leads to pgbouncer, through
	// which LISTEN never hears anything and migrations cannot hold their lock.
	// Empty means URL.
	ListenURL string
}

// DirectURL is the URL for what needs a connection to the server itself: the
// Listener, Leaders and the migrations.
func (c Config) DirectURL() string {
	if c.ListenURL != "" {
		return c.ListenURL
	}
	return c.URL
}

// SessionFactory makes sessions on one pool of connections. It is safe for use
// by several goroutines.
type SessionFactory struct {
	pool  *sql.DB
	probe *sql.DB // one connection of its own for Ping
	gorm  *gorm.DB

	lockTimeout time.Duration
}

// NewSessionFactory opens the pool and asks the server for a sign of life: a
// wrong URL and a server that is away are errors here, not later. No error
// shows the password. A nil logger discards.
func NewSessionFactory(ctx context.Context, cfg Config, log *slog.Logger) (*SessionFactory, error) {
	conn, err := cfg.parse()
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(pipelining{stdlib.GetConnector(*conn, stdlib.OptionAfterConnect(prepare))})
	size := cfg.MaxOpenConns
	if size <= 0 {
		size = defaultMaxOpenConns
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size) // the default of two makes a busy pool reconnect all the time
	pool.SetConnMaxLifetime(cfg.ConnMaxLifetime)

	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach the database: %w", Translate(err)), pool.Close())
	}
	orm, err := openORM(pool, log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), pool.Close())
	}
	probe := stdlib.OpenDB(*conn)
	probe.SetMaxOpenConns(1)
	return &SessionFactory{pool: pool, probe: probe, gorm: orm, lockTimeout: cfg.LockTimeout}, nil
}

func openORM(pool *sql.DB, log *slog.Logger) (*gorm.DB, error) {
	return gorm.Open(postgres.New(postgres.Config{Conn: pool}), &gorm.Config{
		SkipDefaultTransaction: true, // the service opens transactions: see InTx
		DisableAutomaticPing:   true, // done
		NowFunc:                api.Now,
		Logger:                 slowLogger{log: orDiscard(log)},
	})
}

// New returns a session that ends with ctx: that of ctx's transaction when
// InTx opened one, else one on the pool.
func (s *SessionFactory) New(ctx context.Context) *gorm.DB {
	if t := s.transaction(ctx); t != nil {
		return t.session.WithContext(ctx)
	}
	return s.gorm.WithContext(ctx)
}

// BoundLocks has a session's next statement, a select that locks rows, wait for
// them no longer than Config.LockTimeout; the error is then ErrLocked. So do the
// statements after it in the same transaction, but not LockFactory.Lock, which
// has the same bound for itself. Otherwise one who keeps a row locked for long
// would have all who want it keep a connection each, until the pool is empty.
func (s *SessionFactory) BoundLocks(session *gorm.DB) *gorm.DB {
	if s.lockTimeout <= 0 {
		return session
	}
	// The condition holds, and is looked at before the row is locked: that saves
	// a round trip against a SET LOCAL, in every transaction.
	return session.Where("set_config('lock_timeout', ?, true) IS NOT NULL", milliseconds(s.lockTimeout))
}

// Ping reports whether the server answers. It does not wait for a connection
// of the pool: that all are in use is no reason to be taken out of service.
func (s *SessionFactory) Ping(ctx context.Context) error {
	return Translate(s.probe.PingContext(ctx))
}

// DB is the pool itself, for metrics and for what has no use for an ORM. It
// knows nothing of ctx's transaction.
func (s *SessionFactory) DB() *sql.DB { return s.pool }

// Close closes the pool when the running statements have ended.
func (s *SessionFactory) Close() error { return errors.Join(s.pool.Close(), s.probe.Close()) }

// prepare makes a new connection of the pool what sessions expect.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	scanTimesAsUTC(conn)
	// Through pgbouncer this is about its own connection, which is no harm.
	return configure(ctx, conn, peerLost(deadPeer), false)
}

// scanTimesAsUTC makes times read equal times written, so that an object that
// was stored and read again is deeply equal to itself. PostgreSQL keeps no
// zone; the driver would put the machine's on.
func scanTimesAsUTC(conn *pgx.Conn) {
	timestamptz := &pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	}
	types := conn.TypeMap()
	types.RegisterType(timestamptz)
	types.RegisterType(&pgtype.Type{
		Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID,
		Codec: &pgtype.ArrayCodec{ElementType: timestamptz},
	})
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

// slowLogger logs slow statements, without their arguments: these are people's
// data. Failures are the callers' to log; they have them as errors.
type slowLogger struct{ log *slog.Logger }

func (l slowLogger) LogMode(gormlogger.LogLevel) gormlogger.Interface { return l }

func (l slowLogger) Info(ctx context.Context, msg string, args ...any) {
	l.log.DebugContext(ctx, fmt.Sprintf(msg, args...))
}

func (l slowLogger) Warn(ctx context.Context, msg string, args ...any) {
	l.log.WarnContext(ctx, fmt.Sprintf(msg, args...))
}

func (l slowLogger) Error(ctx context.Context, msg string, args ...any) {
	l.log.ErrorContext(ctx, fmt.Sprintf(msg, args...))
}

func (l slowLogger) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), _ error) {
	if took := time.Since(begin); took >= slowStatement {
		text, rows := statement()
		l.log.WarnContext(ctx, "slow statement", "sql", text, "rows", rows, "took", took)
	}
}

// ParamsFilter keeps the arguments out of the text that Trace is given.
func (l slowLogger) ParamsFilter(_ context.Context, text string, _ ...any) (string, []any) {
	return text, nil
}
