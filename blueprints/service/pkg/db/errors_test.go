package db_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// TestTranslate has PostgreSQL itself make the errors.
func TestTranslate(t *testing.T) {
	t.Parallel()
	sessions := open(t, db.Config{URL: devdb.Empty(t)})
	exec(t, t.Context(), sessions, `
		create table owners (id int primary key, "first name" text, last text, unique ("first name", last));
		create table things (
			id int primary key,
			name varchar(3) not null,
			weight smallint,
			owner_id int references owners,
			size int check (size < 5) check (size > 0),
			constraint things_weight_positive check (weight > 0));
		create unique index idx_things_name on things (lower(name));
		insert into owners values (1, 'a', 'b');
		insert into things values (1, 'n', 1, 1)`)

	tests := []struct {
		statement string
		is        func(error) bool
	}{
		{"insert into things values (1, 'm')", unique("things", "things_pkey", "id")},
		{"insert into things values (2, 'N')", unique("things", "idx_things_name", "lower(name::text)")},
		{"insert into owners values (2, 'a', 'b')", unique("owners", "owners_first name_last_key", "first name, last")},
		{"insert into things values (2, 'm', 1, 7)", foreignKey("things", "owner_id", false)},
		{"delete from owners", foreignKey("things", "id", true)},
		{"insert into things values (2, null)", notNull("things", "name")},
		{"insert into things values (2, 'm', 0)", check("things", "things_weight_positive")},
		{"insert into things values (3, 'm', 1, 1, 7)", checkOf("size")},
		{"insert into things values (3, 'm', 1, 1, -1)", checkOf("size")},
		{"do $$ begin raise restrict_violation using table = 'things', constraint = 'things_owner_id_fkey', detail = 'Key (id)=(1) is referenced.'; end $$",
			foreignKey("things", "id", true)},
		{"insert into things values (2, 'long')", isA[*db.ValueError]},
		{"insert into things values (2, 'm', 40000)", isA[*db.ValueError]},
		{"select 'x'::uuid", isA[*db.ValueError]},
		{"select 'x'::timestamptz", isA[*db.ValueError]},
		{"do $$ begin raise lock_not_available; end $$", is(db.ErrLocked)},
		{"do $$ begin raise serialization_failure; end $$", is(db.ErrConflict)},
		{"do $$ begin raise deadlock_detected; end $$", is(db.ErrConflict)},
		{"do $$ begin raise query_canceled; end $$", is(db.ErrCancelled)},
		{"do $$ begin raise admin_shutdown; end $$", is(db.ErrUnavailable)},
		{"do $$ begin raise cannot_connect_now; end $$", is(db.ErrUnavailable)},
		{"do $$ begin raise connection_failure; end $$", is(db.ErrUnavailable)},
		{"do $$ begin raise too_many_connections; end $$", is(db.ErrUnavailable)},
		{"select pg_terminate_backend(pg_backend_pid())", is(db.ErrUnavailable)},
	}
	for _, test := range tests {
		t.Run(test.statement, func(t *testing.T) {
			err := sessions.New(t.Context()).Exec(test.statement).Error
			got := db.Translate(err)
			if !test.is(got) {
				t.Errorf("%#v (%v), from %v", got, got, err)
			}
			if cause := new(pgconn.PgError); !errors.As(got, &cause) {
				t.Error("the cause is lost")
			}
			if again := db.Translate(fmt.Errorf("store: %w", got)); !test.is(again) || !errors.Is(again, got) {
				t.Errorf("translated twice: %#v", again)
			}
		})
	}
}

func TestTranslateLeavesTheRest(t *testing.T) {
	t.Parallel()
	unknown := errors.New("unknown")
	undefined := &pgconn.PgError{Code: "42P01"}
	for _, err := range []error{nil, unknown, undefined, context.Canceled, context.DeadlineExceeded} {
		if got := db.Translate(err); any(got) != any(err) { // the very same
			t.Errorf("Translate(%v) = %v, want the same", err, got)
		}
	}
}

func TestTranslateWithoutAServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want error
	}{
		{gorm.ErrRecordNotFound, db.ErrNotFound},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), db.ErrUnavailable},
		{fmt.Errorf("commit: %w", context.Canceled), context.Canceled},
	}
	for _, test := range tests {
		if got := db.Translate(test.err); !errors.Is(got, test.want) || !errors.Is(got, test.err) {
			t.Errorf("Translate(%v) = %v, want %v with its cause", test.err, got, test.want)
		}
	}
}

func TestUniqueColumnWithoutDetail(t *testing.T) {
	t.Parallel()
	for constraint, want := range map[string]string{"things_name_key": "name", "idx_things_name": "name", "odd": "odd"} {
		var got *db.UniqueError
		err := db.Translate(&pgconn.PgError{Code: "23505", TableName: "things", ConstraintName: constraint})
		if !errors.As(err, &got) || got.Column != want {
			t.Errorf("%s: %+v, want column %q", constraint, got, want)
		}
	}
}

func is(want error) func(error) bool {
	return func(err error) bool { return errors.Is(err, want) }
}

func isA[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func unique(table, constraint, column string) func(error) bool {
	return func(err error) bool {
		var e *db.UniqueError
		return errors.As(err, &e) && e.Table == table && e.Constraint == constraint && e.Column == column
	}
}

func foreignKey(table, column string, referenced bool) func(error) bool {
	return func(err error) bool {
		var e *db.ForeignKeyError
		return errors.As(err, &e) && e.Table == table && e.Column == column && e.Referenced == referenced &&
			e.Constraint == "things_owner_id_fkey"
	}
}

func notNull(table, column string) func(error) bool {
	return func(err error) bool {
		var e *db.NotNullError
		return errors.As(err, &e) && e.Table == table && e.Column == column
	}
}

func checkOf(column string) func(error) bool {
	return func(err error) bool {
		var e *db.CheckError
		return errors.As(err, &e) && e.Column == column
	}
}

func check(table, constraint string) func(error) bool {
	return func(err error) bool {
		var e *db.CheckError
		return errors.As(err, &e) && e.Table == table && e.Constraint == constraint
	}
}
