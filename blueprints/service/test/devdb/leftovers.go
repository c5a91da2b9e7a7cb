package devdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
)

// sweep drops what killed processes left behind: their databases, and templates
// of other states of the migrations that nobody uses.
func (m *maker) sweep(ctx context.Context) error {
	hash, err := migrations.Hash()
	if err != nil {
		return err
	}
	rows, err := m.conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1)", m.prefix)
	if err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	for _, name := range names {
		if name == m.prefix+"template_"+hash[:16] {
			continue
		}
		if err := m.sweepOne(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// sweepOne drops the database if nobody holds its lock. Our own run's databases
// stay: the lock is ours, and being asked again grants it, so look first.
func (m *maker) sweepOne(ctx context.Context, name string) error {
	owner, template := name, strings.HasPrefix(name, m.prefix+"template_")
	if !template {
		owner = name[:strings.LastIndex(name, "_")]
	}
	if owner == m.prefix+m.run {
		return nil
	}
	var dead bool
	if err := m.conn.QueryRow(ctx, "select pg_try_advisory_lock(hashtextextended($1, 0))", owner).Scan(&dead); err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	if !dead {
		return nil
	}
	// Somebody else may be sweeping as well, or own the database: what cannot be
	// dropped is left.
	if template {
		_, _ = m.conn.Exec(ctx, "alter database "+quote(name)+" with is_template false")
	}
	_ = m.dropDatabase(ctx, name)
	if _, err := m.conn.Exec(ctx, "select pg_advisory_unlock(hashtextextended($1, 0))", owner); err != nil {
		return fmt.Errorf("look for leftovers: %w", err)
	}
	return nil
}
