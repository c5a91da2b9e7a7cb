package dao_test

import (
	"context"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

// book has a field of each type, required and optional. The kinds of this
// package's tests are its own, so that they stay when the service's change.
type book struct {
	api.Meta

	Title    string
	Subtitle *string
	Shelf    int32
	Slot     *int32
	Number   int64
	Pages    *int64
	Weight   float64
	Price    *float64
	Small    float32
	Lent     bool
	Signed   *bool
	Printed  time.Time
	Bought   *time.Time
	AuthorID *string  `gorm:"type:uuid"`
	Notes    []string `gorm:"serializer:json"`
	Secret   string
}

type author struct {
	api.Meta

	Name string
	Born *time.Time
}

const tables = `
	CREATE TABLE "authors" ("id" uuid PRIMARY KEY, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL,
		"row_version" bigint NOT NULL, "name" text NOT NULL UNIQUE, "born" timestamptz);
	CREATE TABLE "books" ("id" uuid PRIMARY KEY, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL,
		"row_version" bigint NOT NULL, "title" text NOT NULL, "subtitle" text, "shelf" integer NOT NULL, "slot" integer,
		"number" bigint NOT NULL, "pages" bigint, "weight" double precision NOT NULL, "price" double precision,
		"small" real NOT NULL, "lent" boolean NOT NULL, "signed" boolean, "printed" timestamptz NOT NULL,
		"bought" timestamptz, "author_id" uuid REFERENCES "authors", "notes" jsonb, "secret" text NOT NULL);`

// library is a database of books and authors.
type library struct {
	sessions *db.SessionFactory
	books    dao.Store[book]
	authors  dao.Store[author]
}

func newLibrary(t testing.TB) library {
	t.Helper()
	sessions := open(t, devdb.Empty(t))
	if err := sessions.New(t.Context()).Exec(tables).Error; err != nil {
		t.Fatal(err)
	}
	return library{
		sessions: sessions,
		books:    dao.NewStore[book](sessions, dao.WithJoin[author]("author", "author_id"), dao.WithHidden("secret")),
		authors:  dao.NewStore[author](sessions),
	}
}

func open(t testing.TB, url string) *db.SessionFactory {
	t.Helper()
	return openWith(t, db.Config{URL: url})
}

func openWith(t testing.TB, cfg db.Config) *db.SessionFactory {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	return sessions
}

// create stores obj or ends the test.
func create[T any](t testing.TB, store interface {
	Create(ctx context.Context, obj *T) error
}, obj *T) *T {
	t.Helper()
	if err := store.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	return obj
}

func ptr[V any](v V) *V { return &v }
