package integration_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// Old keys are purged by the replica that leads in it, and counted as they come.
func TestIdempotencyKeysArePurged(t *testing.T) {
	t.Parallel()
	s := test.Start(t, "--idempotency-retention=1ns", "--idempotency-purge-interval=1ms")
	_, replayed, err := s.Env.Idempotency.Once(t.Context(), idempotency.Request{Key: "k"}, func(context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{Status: http.StatusNoContent}, nil
	})
	if err != nil || replayed {
		t.Fatalf("replayed %t, error %v", replayed, err)
	}
	s.WaitForMetric(t, `idempotency_requests_total{outcome="done"} 1`)
	s.WaitForMetric(t, `idempotency_requests_total{outcome="replayed"} 0`)
	s.WaitForMetric(t, `leader{name="purge idempotency keys"} 1`)
	deadline := time.Now().Add(30 * time.Second)
	for left := -1; left != 0; {
		must(t, s.Env.Database.Sessions.New(t.Context()).Raw(`SELECT count(*) FROM "idempotency_keys"`).Scan(&left).Error)
		if time.Now().After(deadline) {
			t.Fatalf("%d keys are left", left)
		}
	}
}

// Pages of other origins may send keys, and see that an answer is a replay.
func TestIdempotencyAcrossOrigins(t *testing.T) {
	t.Parallel()
	s := test.Start(t, "--cors-origins=https://console.example")
	preflight := s.Do(t, http.MethodOptions, api.V1Path+"/events", nil, "Origin", "https://console.example",
		"Access-Control-Request-Method", http.MethodPost, "Access-Control-Request-Headers", "idempotency-key")
	if got := preflight.Header.Get("Access-Control-Allow-Headers"); !strings.Contains(strings.ToLower(got), "idempotency-key") {
		t.Errorf("allowed are the headers %q", got)
	}
	answer := s.Do(t, http.MethodGet, api.V1Path+"/events", nil, "Origin", "https://console.example")
	if got := answer.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(got, "Idempotency-Replayed") {
		t.Errorf("exposed are the headers %q", got)
	}
}
