// Package migrations holds the schema of the database as SQL files, each with
// the way up and the way down, and takes a database along them. All files that
// are called NUMBER_name.sql are run, in the order of their numbers.
//
// Any number of replicas may start at once: one migrates, the others wait for
// it. A file that has been released is never changed; add another one. It has
// to suit the version of the service before it as well, which still runs while
// the new one starts.
//
// All functions open a connection of their own, since those that were open
// before know the types of the old schema. The URL must lead to the server
// itself, not through pgbouncer: see db.Config.DirectURL.
package migrations

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

//go:embed [0-9]*.sql
var files embed.FS

// ErrNothingApplied is what Down answers on a database without migrations.
var ErrNothingApplied = errors.New("no migration is applied")

// State is one migration as a database knows it.
type State struct {
	Name      string    // of the file
	AppliedAt time.Time // zero while it is pending
}

// Up applies what the database lacks, older files of a late branch included.
// A database that is ahead, as after a roll-back of the service, is left so.
func Up(ctx context.Context, url string) error {
	return with(ctx, url, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate up: %w", err)
		}
		return nil
	})
}

// Down takes the last migration back, with its data.
func Down(ctx context.Context, url string) error {
	return with(ctx, url, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			err = ErrNothingApplied
		}
		if err != nil {
			return fmt.Errorf("migrate down: %w", err)
		}
		return nil
	})
}

// Status lists all migrations in the order in which they run.
func Status(ctx context.Context, url string) ([]State, error) {
	var states []State
	err := with(ctx, url, func(p *goose.Provider) error {
		status, err := p.Status(ctx)
		if err != nil {
			return fmt.Errorf("migration status: %w", err)
		}
		for _, s := range status {
			states = append(states, State{Name: s.Source.Path, AppliedAt: s.AppliedAt})
		}
		return nil
	})
	return states, err
}

// Hash names the schema: it changes with every file.
func Hash() (string, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return "", fmt.Errorf("list the migrations: %w", err)
	}
	hash := sha256.New()
	for _, entry := range entries {
		text, err := files.ReadFile(entry.Name())
		if err != nil {
			return "", fmt.Errorf("read a migration: %w", err)
		}
		fmt.Fprintf(hash, "%s %d\n%s", entry.Name(), len(text), text)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// with runs fn with a provider on a connection that ends with it.
func with(ctx context.Context, url string, fn func(*goose.Provider) error) (err error) {
	conn, err := db.ParseURL(url)
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*conn, stdlib.OptionAfterConnect(noticeDeath))
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := pool.PingContext(ctx); err != nil {
		return fmt.Errorf("reach the database: %w", db.Translate(err))
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, pool, files,
		goose.WithSessionLocker(locker{}), goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	return fn(provider)
}

// noticeDeath has the server look each second, while it runs a statement for
// us, whether we still live. Else the lock of a replica that was killed in the
// middle of a migration is held until its statement has ended, however long that
// takes, and nobody can migrate.
func noticeDeath(ctx context.Context, conn *pgx.Conn) error {
	// It fails where the system cannot tell (Windows) and before PostgreSQL 14.
	// Then the others have to wait for longer.
	_, err := conn.Exec(ctx, "select set_config('client_connection_check_interval', '1s', false)")
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}
