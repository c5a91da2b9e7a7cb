package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"gorm.io/gorm"
)

type transactionKey struct{}

// transaction is what ctx carries while InTx runs.
type transaction struct {
	factory *SessionFactory
	outer   *transaction // of another factory
	tx      *sql.Tx
	session *gorm.DB // on tx

	mu          sync.Mutex
	committed   bool
	afterCommit []func()
}

// InTx runs fn in one transaction: every session that s.New makes from fn's
// ctx takes part in it. It commits when fn returns nil, and rolls back when fn
// returns an error, panics or ends its goroutine; a panic goes on. The errors
// of fn and of the roll-back come back joined, those of the database as
// Translate makes them.
//
// Inside another InTx it joins that one: nothing is committed before the
// outermost returns, and an error that the outer fn swallows does not undo
// what the inner one did.
//
// A statement that fails poisons the transaction, as PostgreSQL has it: the
// statements after it fail too, and so does the commit, even if fn returns nil.
// Ask before (select … for update, on conflict) instead of trying and catching.
//
// Nothing is retried. When the answer is ErrConflict the whole use case may be
// run again, and only its caller knows whether that is right.
//
// The transaction belongs to one goroutine, as its connection does.
func (s *SessionFactory) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	if s.transaction(ctx) != nil {
		return fn(ctx)
	}
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", Translate(err))
	}
	session := s.gorm.Session(&gorm.Session{NewDB: true, Context: ctx})
	session.Statement.ConnPool = tx
	t := &transaction{factory: s, outer: current(ctx), tx: tx, session: session}

	returned := false
	defer func() {
		if !returned { // a panic, or runtime.Goexit: nobody is left to read the error
			_ = rollback(tx)
		}
	}()
	err = fn(context.WithValue(ctx, transactionKey{}, t))
	returned = true
	if err != nil {
		return errors.Join(err, rollback(tx))
	}
	if err := commit(ctx, tx); err != nil {
		return err
	}
	t.runHooks()
	return nil
}

// AfterCommit runs fn when ctx's transaction has been committed, before InTx
// returns, and never when it is rolled back. Outside a transaction, or after
// it, fn runs at once. It must not fail: what it does is lost when the process
// dies between the two.
func AfterCommit(ctx context.Context, fn func()) {
	if t := current(ctx); t == nil || !t.hook(fn) {
		fn()
	}
}

// InTransaction reports whether ctx carries a transaction.
func InTransaction(ctx context.Context) bool { return current(ctx) != nil }

// hook keeps fn for the commit; it reports false when that has been.
func (t *transaction) hook(fn func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.committed {
		return false
	}
	t.afterCommit = append(t.afterCommit, fn)
	return true
}

func (t *transaction) runHooks() {
	t.mu.Lock()
	t.committed = true
	hooks := t.afterCommit
	t.afterCommit = nil
	t.mu.Unlock()
	for _, fn := range hooks {
		fn()
	}
}

func current(ctx context.Context) *transaction {
	t, _ := ctx.Value(transactionKey{}).(*transaction)
	return t
}

// transaction is the one of this factory that ctx carries, or nil.
func (s *SessionFactory) transaction(ctx context.Context) *transaction {
	for t := current(ctx); t != nil; t = t.outer {
		if t.factory == s {
			return t
		}
	}
	return nil
}

// commit names ctx's end as the reason when database/sql has rolled back for it.
func commit(ctx context.Context, tx *sql.Tx) error {
	err := tx.Commit()
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("commit: %w", Translate(err))
	}
	return nil
}

// rollback does not mind that the transaction has ended: database/sql rolls
// back by itself when ctx is cancelled.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", Translate(err))
	}
	return nil
}
