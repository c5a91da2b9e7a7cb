package devdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
)

// maker makes and drops databases on one connection to the maintenance
// database. The names are devdb_<it>_template_<hash> for templates and
// devdb_<it>_<run>_<n> for the others, <it> being the maintenance database's
// oid and <run> this process. As long as the connection lives it holds an
// advisory lock on the run and a shared one on the template: what nobody holds
// was left by a process that was killed. Advisory locks are per database, hence
// <it> in the names.
//
// It is for one goroutine at a time.
type maker struct {
	url      string // of the maintenance database
	conn     *pgx.Conn
	prefix   string // devdb_<it>_
	run      string
	clone    string // how to copy the template
	template string // empty until it is ready
	count    int
}

// migrated creates a database from the template.
func (m *maker) migrated(ctx context.Context) (string, error) {
	if err := m.open(ctx); err != nil {
		return "", err
	}
	if err := m.ready(ctx); err != nil {
		return "", err
	}
	return m.create(ctx, "template "+quote(m.template)+m.clone)
}

// empty creates a database without tables.
func (m *maker) empty(ctx context.Context) (string, error) {
	if err := m.open(ctx); err != nil {
		return "", err
	}
	return m.create(ctx, "template template0"+m.clone)
}

func (m *maker) create(ctx context.Context, from string) (string, error) {
	m.count++
	name := fmt.Sprintf("%s%s_%d", m.prefix, m.run, m.count)
	return name, m.createDatabase(ctx, name, from)
}

func (m *maker) createDatabase(ctx context.Context, name, from string) error {
	_, err := m.conn.Exec(ctx, "create database "+quote(name)+" "+from)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege
		user := m.conn.Config().User
		return fmt.Errorf("the user of DATABASE_URL may not create databases: let it (alter role %s createdb) or unset DATABASE_URL: %w", quote(user), err)
	}
	if err != nil {
		return fmt.Errorf("create a test database: %w", err)
	}
	return nil
}

// drop drops the database, and ends the connections that are still open to it.
func (m *maker) drop(ctx context.Context, name string) error {
	if err := m.open(ctx); err != nil {
		return err
	}
	return m.dropDatabase(ctx, name)
}

func (m *maker) dropDatabase(ctx context.Context, name string) error {
	if _, err := m.conn.Exec(ctx, "drop database if exists "+quote(name)+" with (force)"); err != nil {
		return fmt.Errorf("drop the test database: %w", err)
	}
	return nil
}

func (m *maker) close(ctx context.Context) error {
	if m.conn == nil {
		return nil
	}
	return m.conn.Close(ctx)
}

// open connects, also again after a test that broke connections, takes this
// run's lock and sweeps.
func (m *maker) open(ctx context.Context) (err error) {
	if m.conn != nil && m.conn.Ping(ctx) == nil {
		return nil
	}
	if m.conn, err = connect(ctx, m.url); err != nil {
		return err
	}
	if m.run == "" {
		m.run = strings.ToLower(rand.Text()[:10])
	}
	m.template = "" // its lock went with the connection
	// Copying the files is fastest, but needs a checkpoint, which is cheap only
	// where nothing waits for the disk.
	err = m.conn.QueryRow(ctx, `select 'devdb_' || oid || '_',
			case when current_setting('server_version_num')::int >= 150000 and current_setting('fsync') = 'off'
			then ' strategy file_copy' else '' end
		from pg_database where datname = current_database()`).Scan(&m.prefix, &m.clone)
	if err != nil {
		return fmt.Errorf("look at the server: %w", err)
	}
	if _, err := m.conn.Exec(ctx, "select pg_advisory_lock(hashtextextended($1, 0))", m.prefix+m.run); err != nil {
		return fmt.Errorf("lock this run: %w", err)
	}
	return m.sweep(ctx)
}

// ready finds the template or builds it. Processes that start at once agree by
// the lock on building: one builds, the others wait and find it.
func (m *maker) ready(ctx context.Context) error {
	if m.template != "" {
		return nil
	}
	hash, err := migrations.Hash()
	if err != nil {
		return err
	}
	name := m.prefix + "template_" + hash[:16]
	if _, err := m.conn.Exec(ctx, "select pg_advisory_lock_shared(hashtextextended($1, 0))", name); err != nil {
		return fmt.Errorf("lock the template: %w", err)
	}
	building := "build " + name
	if _, err := m.conn.Exec(ctx, "select pg_advisory_lock(hashtextextended($1, 0))", building); err != nil {
		return fmt.Errorf("wait for the template: %w", err)
	}
	err = m.build(ctx, name)
	if _, unlock := m.conn.Exec(ctx, "select pg_advisory_unlock(hashtextextended($1, 0))", building); unlock != nil {
		err = errors.Join(err, fmt.Errorf("unlock the template: %w", unlock))
	}
	if err == nil {
		m.template = name
	}
	return err
}

func (m *maker) build(ctx context.Context, name string) error {
	var built bool
	err := m.conn.QueryRow(ctx, "select datistemplate from pg_database where datname = $1", name).Scan(&built)
	switch {
	case built:
		return nil
	case err == nil: // its builder was killed
		if err := m.dropDatabase(ctx, name); err != nil {
			return err
		}
	case !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("look for the template: %w", err)
	}
	if err := m.createDatabase(ctx, name, "template template0"); err != nil {
		return err
	}
	if err := migrations.Up(ctx, withName(m.url, name)); err != nil {
		return errors.Join(err, m.dropDatabase(ctx, name))
	}
	// A database with connections cannot be cloned: nobody may have any.
	_, err = m.conn.Exec(ctx, "alter database "+quote(name)+" with is_template true allow_connections false")
	if err != nil {
		return fmt.Errorf("finish the template: %w", err)
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// withName is the URL of another database on the same server.
func withName(text, name string) string {
	if !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") {
		return text + " dbname=" + name // the last one counts
	}
	head, query, _ := strings.Cut(text, "?")
	scheme, rest, _ := strings.Cut(head, "://")
	authority, _, _ := strings.Cut(rest, "/")
	text = scheme + "://" + authority + "/" + name
	if values, err := url.ParseQuery(query); err == nil && query != "" {
		values.Del("dbname")
		values.Del("database")
		text += "?" + values.Encode()
	}
	return text
}
