package torture

import (
	"context"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// outbox commits objects with events, and has them handled.
type outbox interface {
	// create commits a new object and its event, and calls committed with the
	// object's id right after the commit.
	create(ctx context.Context, committed func(id string)) error

	// run calls handle with the object's id for each event until ctx ends.
	run(ctx context.Context, handle func(id string)) error
}

// outboxes are the service and, on the same server and straight on the driver,
// the same statements without its layers, and the least that could do the job.
var outboxes = []struct {
	name string
	open func(b *testing.B, url string) outbox
}{
	{"service", openService},
	{"bare", openBare},
	{"control", openControl},
}

// producers is the number of goroutines that create objects.
const producers = 16

// BenchmarkEndToEnd takes the time from the first create of many producers to
// the last handler. All outboxes run in this process, tuned as the service is.
func BenchmarkEndToEnd(b *testing.B) {
	environments.TuneMemory(os.LookupEnv)
	for _, o := range outboxes {
		b.Run(o.name, func(b *testing.B) {
			handled := make(chan struct{}, b.N)
			box, stop := startOutbox(b, o.open, func(string) { handled <- struct{}{} })
			defer stop()
			due := make(chan struct{}, b.N)
			for range b.N {
				due <- struct{}{}
			}
			close(due)
			b.ResetTimer()
			var creating errgroup.Group
			for range producers {
				creating.Go(func() error {
					for range due {
						if err := box.create(b.Context(), func(string) {}); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err := creating.Wait(); err != nil {
				b.Fatal(err)
			}
			created := b.Elapsed()
			for range b.N {
				<-handled
			}
			b.StopTimer()
			b.ReportMetric(float64(b.N)/created.Seconds(), "created/s")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkLatency takes the time from the commit to the handler when there are
// a hundred events a second.
func BenchmarkLatency(b *testing.B) {
	for _, o := range outboxes {
		b.Run(o.name, func(b *testing.B) {
			var l latencies
			arrived := make(chan struct{}, b.N)
			box, stop := startOutbox(b, o.open, func(id string) {
				l.note(id, &l.handled)
				arrived <- struct{}{}
			})
			defer stop()
			tick := time.NewTicker(time.Second / 100)
			defer tick.Stop()
			b.ResetTimer()
			for range b.N {
				<-tick.C
				if err := box.create(b.Context(), func(id string) { l.note(id, &l.committed) }); err != nil {
					b.Fatal(err)
				}
			}
			for range b.N {
				<-arrived
			}
			b.StopTimer()
			sorted := l.sorted()
			b.ReportMetric(milliseconds(sorted, 0.50), "p50-ms")
			b.ReportMetric(milliseconds(sorted, 0.99), "p99-ms")
			b.ReportMetric(milliseconds(sorted, 1), "max-ms")
		})
	}
}

// startOutbox runs an outbox on a new database until stop is called. It has
// handled one event when it returns, so that it is warm.
func startOutbox(b *testing.B, open func(*testing.B, string) outbox, handle func(string)) (box outbox, stop func()) {
	b.Helper()
	box = open(b, devdb.New(b))
	ctx, cancel := context.WithCancel(b.Context())
	var warm atomic.Bool
	first, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- box.run(ctx, func(id string) {
			if warm.Swap(true) {
				handle(id)
			} else {
				close(first)
			}
		})
	}()
	if err := box.create(ctx, func(string) {}); err != nil {
		b.Fatal(err)
	}
	<-first
	return box, func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// latencies keeps when objects were committed and handled; either may be noted
// first.
type latencies struct {
	mu                 sync.Mutex
	committed, handled map[string]time.Time
}

func (l *latencies) note(id string, in *map[string]time.Time) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if *in == nil {
		*in = map[string]time.Time{}
	}
	(*in)[id] = now
}

func (l *latencies) sorted() (all []time.Duration) {
	for id, at := range l.handled {
		all = append(all, max(0, at.Sub(l.committed[id])))
	}
	slices.Sort(all)
	return all
}

func milliseconds(sorted []time.Duration, quantile float64) float64 {
	return float64(sorted[int(float64(len(sorted)-1)*quantile)].Microseconds()) / 1000
}
