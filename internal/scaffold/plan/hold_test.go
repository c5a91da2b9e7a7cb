package plan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTakeWaitsForTheOtherRun(t *testing.T) {
	t.Parallel()
	before, after, p := sample()
	dir := plant(t, before)
	first, err := Take(t.Context(), dir, 0)
	must(t, err)

	_, err = Take(t.Context(), dir, 0)
	wantIs(t, err, ErrLocked)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Take(ctx, dir, time.Hour)
	wantIs(t, err, context.Canceled)

	applied := make(chan error)
	go func() { applied <- Apply(t.Context(), dir, p) }()
	must(t, first.Release())
	must(t, <-applied)
	must(t, first.Release()) // a second time does nothing
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTakeIsNotKeptOutByALeftOverLock(t *testing.T) {
	t.Parallel()
	before, after, p := sample()
	dir := plant(t, before)
	must(t, os.WriteFile(filepath.Join(dir, lockFile), nil, 0o600))
	must(t, Apply(t.Context(), dir, p))
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAPlanThatWaitedIsStale: of two runs that read the same files, the second finds that they changed.
func TestAPlanThatWaitedIsStale(t *testing.T) {
	t.Parallel()
	before, after, p := sample()
	dir := plant(t, before)
	must(t, Apply(t.Context(), dir, p))
	err := Apply(t.Context(), dir, p)
	if !errors.As(err, new(*StaleError)) || !errors.As(err, new(*ExistsError)) {
		t.Errorf("got %v, want a StaleError and an ExistsError", err)
	}
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
