package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// What callers can act on. Test with errors.Is; the cause is kept for the log.
var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("not found")

	// ErrLocked: somebody else holds the lock, or held it too long.
	ErrLocked = errors.New("locked by another")

	// ErrConflict: the transaction met another one (a deadlock, a
	// serialization failure) and was rolled back; it may be run again.
	ErrConflict = errors.New("in conflict with another transaction")

	// ErrUnavailable: the server is away, stopping, full, or the connection
	// was lost. Whether a commit that ended so took place is not known.
	ErrUnavailable = errors.New("database not available")

	// ErrCancelled: the server cancelled the statement, because it ran longer
	// than statement_timeout or somebody asked for it.
	ErrCancelled = errors.New("statement cancelled")
)

// UniqueError says that a value exists already.
type UniqueError struct {
	Table, Constraint string
	Column            string // or columns, "a, b"
	cause             error
}

// ForeignKeyError says that the object referred to does not exist or, when
// Referenced is true, that others still refer to the object.
type ForeignKeyError struct {
	Table, Constraint, Column string
	Referenced                bool // before PostgreSQL 18 told from the server's message; false unless that is English
	cause                     error
}

// NotNullError says that a required value is missing.
type NotNullError struct {
	Table, Column string
	cause         error
}

// CheckError says that a value breaks a rule of its table.
type CheckError struct {
	Table, Constraint string
	Column            string // told from the name of the constraint; may be empty
	cause             error
}

// ValueError says that a value does not fit its type: too long, out of range,
// not a number. PostgreSQL rarely says which column.
type ValueError struct {
	Column, Reason string
	cause          error
}

func (e *UniqueError) Error() string {
	return fmt.Sprintf("%s exists already (%s)", e.Column, e.Constraint)
}

func (e *ForeignKeyError) Error() string {
	if e.Referenced {
		return fmt.Sprintf("still referred to by %s (%s)", e.Table, e.Constraint)
	}
	return fmt.Sprintf("%s refers to nothing (%s)", e.Column, e.Constraint)
}

func (e *NotNullError) Error() string { return e.Column + " is required" }
func (e *CheckError) Error() string   { return "not allowed by " + e.Constraint }
func (e *ValueError) Error() string   { return e.Reason }

func (e *UniqueError) Unwrap() error     { return e.cause }
func (e *ForeignKeyError) Unwrap() error { return e.cause }
func (e *NotNullError) Unwrap() error    { return e.cause }
func (e *CheckError) Unwrap() error      { return e.cause }
func (e *ValueError) Unwrap() error      { return e.cause }

// sqlStates says what a state, or a class of them (two characters), means.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
var sqlStates = map[string]func(*pgconn.PgError) error{
	"23505": func(e *pgconn.PgError) error {
		return &UniqueError{Table: e.TableName, Constraint: e.ConstraintName, Column: column(e), cause: e}
	},
	"23503": func(e *pgconn.PgError) error {
		referenced := strings.HasPrefix(e.Message, "update or delete on table")
		return &ForeignKeyError{Table: e.TableName, Constraint: e.ConstraintName, Column: column(e), Referenced: referenced, cause: e}
	},
	"23001": func(e *pgconn.PgError) error { // restrict_violation
		return &ForeignKeyError{Table: e.TableName, Constraint: e.ConstraintName, Column: column(e), Referenced: true, cause: e}
	},
	"23502": func(e *pgconn.PgError) error {
		return &NotNullError{Table: e.TableName, Column: e.ColumnName, cause: e}
	},
	"23514": func(e *pgconn.PgError) error {
		return &CheckError{Table: e.TableName, Constraint: e.ConstraintName, Column: checkedColumn(e), cause: e}
	},
	"22": func(e *pgconn.PgError) error { // data exception
		return &ValueError{Column: e.ColumnName, Reason: e.Message, cause: e}
	},
	"55P03": as(ErrLocked),      // lock_not_available: nowait, lock_timeout
	"40001": as(ErrConflict),    // serialization_failure
	"40P01": as(ErrConflict),    // deadlock_detected
	"57014": as(ErrCancelled),   // query_canceled
	"57P01": as(ErrUnavailable), // admin_shutdown
	"57P02": as(ErrUnavailable), // crash_shutdown
	"57P03": as(ErrUnavailable), // cannot_connect_now
	"57P05": as(ErrUnavailable), // idle_session_timeout
	"25P03": as(ErrUnavailable), // idle_in_transaction_session_timeout
	"08":    as(ErrUnavailable), // connection exception
	"53":    as(ErrUnavailable), // insufficient resources: connections, memory, disk
}

func as(sentinel error) func(*pgconn.PgError) error {
	return func(e *pgconn.PgError) error { return fmt.Errorf("%w: %w", sentinel, e) }
}

// Translate says what an error of the driver or the ORM means to callers: one
// of the sentinels or types of this package, with the error itself as cause.
// An error that means nothing to them, one that is translated already, and
// ctx's own end come back as they are; nil stays nil.
func Translate(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil, translated(err), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows): // pgx.ErrNoRows is the latter too
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case errors.As(err, &pg):
		if mean, ok := sqlStates[pg.Code]; ok {
			return mean(pg)
		}
		if mean, ok := sqlStates[pg.Code[:min(2, len(pg.Code))]]; ok {
			return mean(pg)
		}
	}
	if connectionLost(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func translated(err error) bool {
	for _, sentinel := range []error{ErrNotFound, ErrLocked, ErrConflict, ErrUnavailable, ErrCancelled} {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	var (
		unique     *UniqueError
		foreignKey *ForeignKeyError
		notNull    *NotNullError
		check      *CheckError
		value      *ValueError
	)
	return errors.As(err, &unique) || errors.As(err, &foreignKey) || errors.As(err, &notNull) ||
		errors.As(err, &check) || errors.As(err, &value)
}

// connectionLost tells errors of the network from the end of ctx: a dial that
// ran into ConnectTimeout also wraps context.DeadlineExceeded.
func connectionLost(err error) bool {
	var dial *pgconn.ConnectError
	if errors.As(err, &dial) {
		return true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, pgconn.ErrConnClosed)
}

// checkName is how PostgreSQL names a rule that a column was given: by its table
// and its column, with a number if there are several.
var checkName = regexp.MustCompile(`^(.+)_check[0-9]*$`)

// checkedColumn finds the column that a rule is about, or none. Names that were
// cut, since they were too long, tell nothing.
func checkedColumn(e *pgconn.PgError) string {
	const longest = 63
	name := checkName.FindStringSubmatch(e.ConstraintName)
	if name == nil || len(e.ConstraintName) >= longest {
		return ""
	}
	column, ofTable := strings.CutPrefix(name[1], e.TableName+"_")
	if !ofTable {
		return ""
	}
	return column
}

// column finds the column, or columns, that a constraint is about. The detail
// reads, in any language, … (a, b)=(1, 2) …; where there is none (no right to
// read the table) the name of the constraint has to do.
func column(e *pgconn.PgError) string {
	if keys, _, found := strings.Cut(e.Detail, ")=("); found {
		if _, keys, found = strings.Cut(keys, "("); found {
			return strings.ReplaceAll(keys, `"`, "")
		}
	}
	name := strings.TrimPrefix(strings.TrimPrefix(e.ConstraintName, "idx_"), e.TableName+"_")
	for _, suffix := range []string{"_key", "_fkey", "_idx"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}
