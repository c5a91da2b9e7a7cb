package controllers_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// BenchmarkManager handles events, each of another object, that are there
// already.
func BenchmarkManager(b *testing.B) {
	sessions, err := db.NewSessionFactory(b.Context(), db.Config{URL: devdb.New(b)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = sessions.Close() }()
	if err := sessions.New(b.Context()).Exec(`
		INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at")
		SELECT gen_random_uuid(), now(), now(), 'Owls', gen_random_uuid(), 'Create', now()
		FROM generate_series(1, ?)`, b.N).Error; err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{}, b.N)
	manager := controllers.New(controllers.Config{}, dao.NewEventDao(sessions), slog.New(slog.DiscardHandler))
	if err := manager.Register(controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error {
		done <- struct{}{}
		return nil
	}}); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	b.ResetTimer()
	go func() { ended <- manager.Run(ctx) }()
	for range b.N {
		<-done
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}
