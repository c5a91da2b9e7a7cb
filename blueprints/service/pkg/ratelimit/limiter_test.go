package ratelimit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func TestAClientGetsItsLimitAndThenItsShare(t *testing.T) {
	t.Parallel()
	l := New(6, time.Minute)
	for i := range 6 {
		if got := l.Take("jane", noon); !got.Allowed || got.Remaining != 5-i || got.Limit != 6 || got.Reset != time.Duration(i+1)*10*time.Second {
			t.Errorf("%d: got %+v", i, got)
		}
	}
	for at, want := range map[time.Duration]time.Duration{0: 10 * time.Second, 4 * time.Second: 6 * time.Second} {
		got := l.Take("jane", noon.Add(at))
		if got.Allowed || got.Remaining != 0 || got.RetryAfter.Round(time.Millisecond) != want {
			t.Errorf("after %s: got %+v, want to be refused for %s", at, got, want)
		}
	}
	if got := l.Take("joe", noon); !got.Allowed || got.Remaining != 5 {
		t.Errorf("another client: got %+v", got)
	}
	if got := l.Take("jane", noon.Add(10*time.Second)); !got.Allowed || got.Remaining != 0 {
		t.Errorf("after a share of the time: got %+v, want it to be allowed", got)
	}
	if got := l.Take("jane", noon.Add(10*time.Second)); got.Allowed {
		t.Errorf("once more: got %+v", got)
	}
}

// Who is forgotten had all of its limit back anyway.
func TestForgettingForgivesNothing(t *testing.T) {
	t.Parallel()
	l := New(60, time.Minute)
	var allowed int
	for second := range 300 {
		for range 3 {
			if l.Take("greedy", noon.Add(time.Duration(second)*time.Second)).Allowed {
				allowed++
			}
		}
	}
	if want := 60 + 299; allowed != want {
		t.Errorf("got %d in five minutes, want %d: the limit, and one for each second after", allowed, want)
	}
}

func TestClientsThatAreGoneAreForgotten(t *testing.T) {
	t.Parallel()
	l := New(1, time.Minute)
	for i := range 100 {
		l.Take(fmt.Sprint(i), noon)
	}
	if got := l.Take("7", noon.Add(time.Minute-1)); got.Allowed {
		t.Error("forgotten within the window")
	}
	for _, minutes := range []time.Duration{1, 2} {
		l.Take("jane", noon.Add(minutes*time.Minute))
	}
	if got := len(l.young) + len(l.old); got > 2 {
		t.Errorf("got %d clients after two minutes, want jane alone", got)
	}
}

func TestThereIsARoomForSoManyClientsOnly(t *testing.T) {
	t.Parallel()
	l := New(1, time.Minute)
	l.most = 10
	for i := range 1000 {
		if !l.Take(fmt.Sprint(i), noon).Allowed {
			t.Fatalf("client %d is refused its first", i)
		}
		if got := len(l.young) + len(l.old); got > 20 {
			t.Fatalf("got %d clients", got)
		}
	}
}

func TestManyAtOnceGetNoMore(t *testing.T) {
	t.Parallel()
	l := New(50, time.Minute)
	var allowed atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 100 {
				if l.Take("jane", noon).Allowed {
					allowed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	if got := allowed.Load(); got != 50 {
		t.Errorf("got %d, want 50", got)
	}
}

func BenchmarkTake(b *testing.B) {
	l := New(6000, time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		l.Take("jane", noon)
	}
}
