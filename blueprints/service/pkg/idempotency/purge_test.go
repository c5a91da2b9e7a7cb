package idempotency_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
)

// keep makes n keys as old as age.
func (d *desk) keep(n int, age string) {
	d.t.Helper()
	d.exec(`INSERT INTO "idempotency_keys" ("id", "request", "created_at")
		SELECT sha256((?::text || n)::bytea), sha256(''), now() - ?::interval FROM generate_series(1, ?) n`, age, age, n)
}

func TestPurgeTakesTheOldOnesOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{Retention: time.Hour})
	d.keep(4, "61 minutes")
	d.keep(1, "62 minutes")
	d.keep(3, "59 minutes")
	if got, err := d.Purge(t.Context(), 1); err != nil || got != 1 {
		t.Errorf("purged %d, error %v; want one", got, err)
	}
	var oldest bool
	err := d.sessions.New(t.Context()).Raw(`SELECT min("created_at") < now() - interval '61 minutes 30 seconds' FROM "idempotency_keys"`).Scan(&oldest).Error
	if err != nil || oldest {
		t.Errorf("the oldest is left: %t, error %v", oldest, err)
	}
	for _, want := range []int64{2, 2, 0} {
		if got, err := d.Purge(t.Context(), 2); err != nil || got != want {
			t.Errorf("purged %d, error %v; want %d", got, err, want)
		}
	}
	d.wantRows(0, 3)
}

// It purges at once, more than one statement takes, and then again and again.
func TestPurgeEvery(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{Retention: time.Hour})
	d.keep(1, "1 minute")
	for i, interval := range []time.Duration{time.Hour, time.Millisecond} {
		d.keep(2500, "2 hours")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.PurgeEvery(ctx, interval, slog.New(slog.DiscardHandler)) }()
		d.awaitKeys(1)
		for range i {
			d.keep(10, "3 hours")
			d.awaitKeys(1)
		}
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("every %s: ended with %v", interval, err)
		}
	}
}

// awaitKeys returns when there are so many.
func (d *desk) awaitKeys(want int) {
	d.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for got := -1; got != want; {
		if err := d.sessions.New(d.t.Context()).Raw(`SELECT count(*) FROM "idempotency_keys"`).Scan(&got).Error; err != nil {
			d.t.Fatal(err)
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("%d keys are left, want %d", got, want)
		}
	}
}
