package idempotency_test

import (
	"context"

	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// BenchmarkOnce writes a row with a key and, beside it, without one. The replay
// is of an answer as large as that of a small object.
func BenchmarkOnce(b *testing.B) {
	sessions, err := db.NewSessionFactory(b.Context(), db.Config{URL: devdb.New(b)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sessions.Close() })
	keys := idempotency.New(sessions, idempotency.Settings{})
	if err := sessions.New(b.Context()).Exec(`CREATE TABLE "done" ("what" text NOT NULL)`).Error; err != nil {
		b.Fatal(err)
	}
	large := answer
	large.Body = make([]byte, 700)
	write := func(ctx context.Context) (idempotency.Answer, error) {
		return large, sessions.New(ctx).Exec(`INSERT INTO "done" VALUES ('it')`).Error
	}
	for name, once := range map[string]func() error{
		"without a key": func() error {
			return sessions.InTx(b.Context(), func(ctx context.Context) error {
				_, err := write(ctx)
				return err
			})
		},
		"with a key": func() error {
			request := order
			request.Key = api.NewID()
			_, _, err := keys.Once(b.Context(), request, write)
			return err
		},
		"replay": func() error {
			_, _, err := keys.Once(b.Context(), order, write)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := once(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
