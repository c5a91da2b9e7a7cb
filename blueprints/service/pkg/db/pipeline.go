package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// pipelining opens connections that save round trips.
type pipelining struct{ driver.Connector }

func (p pipelining) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pipe{Conn: opened.(*stdlib.Conn)}, nil
}

// pipe is a connection on which a statement that nobody waits for is sent
// together with the next one: BEGIN, and what SessionFactory.Send is given. To
// the server it is all the same, and half of what a short transaction costs is
// round trips. The order of the statements is kept, and the first that fails
// undoes the transaction. Its error is that of the statement it was sent with.
//
// That next one is the commit, or a statement that returns no rows: for one that
// does, the driver has no way of sending others along. It waits for them.
type pipe struct {
	*stdlib.Conn
	open  bool        // from BeginTx to the end of the transaction
	queue []statement // not sent yet
}

type statement struct {
	what string // it is about, for its error; empty for BEGIN
	sql  string
	args []any
}

// unawaited marks, as the first argument of a statement, that nobody waits for
// it. It says what the statement is about.
type unawaited string

// Send has the statement, whose arguments are $1, $2 and so on, run in ctx's
// transaction, but does not wait for it: it is sent with the next statement or
// with the commit. So an error may come with that, saying what failed. The
// statement must make nothing that later ones refer to by name, such as a table.
// Outside a transaction it runs at once.
func (s *SessionFactory) Send(ctx context.Context, what, query string, args ...any) error {
	var err error
	if t := s.transaction(ctx); t != nil {
		_, err = t.tx.ExecContext(ctx, query, append([]any{unawaited(what)}, args...)...)
	} else if _, err = s.pool.ExecContext(ctx, query, args...); err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return Translate(err)
}

// BeginTx implements driver.ConnBeginTx. The server hears of it later.
func (p *pipe) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if p.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	begin := "begin"
	if level := sql.IsolationLevel(opts.Isolation); level != sql.LevelDefault {
		begin += " isolation level " + strings.ToLower(level.String())
	}
	if opts.ReadOnly {
		begin += " read only"
	}
	p.open, p.queue = true, []statement{{sql: begin}}
	return pipeTx{p, ctx}, nil
}

// ExecContext implements driver.ExecerContext.
func (p *pipe) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) > 0 {
		if what, ok := args[0].Value.(unawaited); ok {
			p.queue = append(p.queue, statement{string(what), query, values(args[1:])})
			return driver.RowsAffected(0), nil
		}
	}
	if err := p.broken(); err != nil {
		return nil, err
	}
	if len(p.queue) == 0 {
		return p.Conn.ExecContext(ctx, query, args)
	}
	tag, err := p.send(ctx, statement{sql: query, args: values(args)})
	return driver.RowsAffected(tag.RowsAffected()), err
}

// QueryContext implements driver.QueryerContext.
func (p *pipe) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := p.broken(); err != nil {
		return nil, err
	}
	if _, err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.Conn.QueryContext(ctx, query, args)
}

// PrepareContext implements driver.ConnPrepareContext. The driver prepares every
// statement anyway and keeps it.
func (p *pipe) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return prepared{p, query}, nil
}

// broken tells why no statement may be sent: after a failed BEGIN each would be
// a transaction of its own.
func (p *pipe) broken() error {
	switch {
	case p.Conn.Conn().IsClosed():
		return driver.ErrBadConn
	case p.open && len(p.queue) == 0 && p.idle():
		return errors.New("the transaction could not begin")
	}
	return nil
}

// idle tells whether the server knows of no transaction.
func (p *pipe) idle() bool { return p.Conn.Conn().PgConn().TxStatus() == 'I' }

// send sends the queue, and what comes after it, and returns the result of the
// last.
func (p *pipe) send(ctx context.Context, last ...statement) (tag pgconn.CommandTag, err error) {
	all := append(p.queue, last...)
	p.queue = nil
	if len(all) == 0 {
		return tag, nil
	}
	var batch pgx.Batch
	for _, s := range all {
		batch.Queue(s.sql, s.args...)
	}
	results := p.Conn.Conn().SendBatch(ctx, &batch)
	for _, s := range all {
		if tag, err = results.Exec(); err != nil {
			if s.what != "" {
				err = fmt.Errorf("%s: %w", s.what, Translate(err))
			}
			break
		}
	}
	if closing := results.Close(); err == nil {
		err = closing
	}
	return tag, err
}

// pipeTx is the open transaction of a pipe.
type pipeTx struct {
	*pipe
	ctx context.Context //nolint:containedctx // Commit and Rollback of driver.Tx have none
}

// Commit implements driver.Tx.
func (t pipeTx) Commit() error {
	defer t.end()
	if err := t.broken(); err != nil {
		return err
	}
	if len(t.queue) == 1 && t.idle() { // nothing but BEGIN
		return nil
	}
	tag, err := t.send(t.ctx, statement{sql: "commit"})
	switch {
	case err != nil:
		return errors.Join(err, t.Rollback())
	case tag.String() == "ROLLBACK":
		return pgx.ErrTxCommitRollback
	}
	return nil
}

// Rollback implements driver.Tx.
func (t pipeTx) Rollback() error {
	t.end()
	conn := t.Conn.Conn()
	if conn.IsClosed() || t.idle() {
		return nil
	}
	if _, err := conn.Exec(t.ctx, "rollback"); err != nil {
		return errors.Join(err, conn.Close(t.ctx)) // nobody knows what it has open
	}
	return nil
}

func (t pipeTx) end() { t.open, t.queue = false, nil }

// prepared is a statement of a pipe.
type prepared struct {
	*pipe
	query string
}

func (s prepared) Close() error  { return nil }
func (s prepared) NumInput() int { return -1 } // the server checks it

func (s prepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.pipe.ExecContext(ctx, s.query, args)
}

func (s prepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.pipe.QueryContext(ctx, s.query, args)
}

func (s prepared) Exec([]driver.Value) (driver.Result, error) { return nil, driver.ErrSkip }
func (s prepared) Query([]driver.Value) (driver.Rows, error)  { return nil, driver.ErrSkip }

func values(args []driver.NamedValue) []any {
	plain := make([]any, len(args))
	for i, arg := range args {
		plain[i] = arg.Value
	}
	return plain
}
