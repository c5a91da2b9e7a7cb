package eventmetrics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/eventmetrics"
)

// queue is a database that answers, fails or hangs.
type queue struct {
	backlogs []dao.EventBacklog
	err      error
	hangs    bool
	asked    atomic.Int32
}

func (q *queue) backlog(ctx context.Context) ([]dao.EventBacklog, error) {
	q.asked.Add(1)
	if q.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return q.backlogs, q.err
}

func newBacklog(t *testing.T, q *queue) (registry *prometheus.Registry, log *bytes.Buffer) {
	t.Helper()
	registry, log = prometheus.NewPedanticRegistry(), &bytes.Buffer{}
	if err := registry.Register(eventmetrics.NewBacklog(q.backlog, slog.New(slog.NewTextHandler(log, nil)), "idle")); err != nil {
		t.Fatal(err)
	}
	return registry, log
}

func TestBacklogOfEachConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{backlogs: []dao.EventBacklog{
			{Open: 3, Dead: 1, Oldest: 1500 * time.Millisecond},
			{Consumer: "hook", Open: 7, Oldest: time.Minute},
		}}
		registry, _ := newBacklog(t, q)
		mustHave(t, scrape(registry),
			`events_open{consumer="handlers"} 3`, `events_parked{consumer="handlers"} 1`, `events_oldest_age_seconds{consumer="handlers"} 1.5`,
			`events_open{consumer="hook"} 7`, `events_parked{consumer="hook"} 0`, `events_oldest_age_seconds{consumer="hook"} 60`,
			`events_open{consumer="idle"} 0`,
		)
		q.backlogs = nil
		time.Sleep(5 * time.Second)
		mustHave(t, scrape(registry), `events_open{consumer="handlers"} 0`, `events_open{consumer="hook"} 0`, `events_oldest_age_seconds{consumer="hook"} 0`)
	})
}

func TestDatabaseIsNotAskedByEveryScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, q := range map[string]*queue{"answers": {}, "fails": {err: errors.New("away")}, "hangs": {hangs: true}} {
			registry, log := newBacklog(t, q)
			began := time.Now()
			for time.Since(began) < time.Minute {
				before := time.Now()
				scrape(registry)
				if took := time.Since(before); took > 250*time.Millisecond {
					t.Errorf("it %s: a scrape took %v", name, took)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if asked := q.asked.Load(); asked < 10 || asked > 13 {
				t.Errorf("it %s: asked %d times in a minute, want each 5 s", name, asked)
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if lines := strings.Count(log.String(), "\n"); lines > 1 || (lines == 1) != (name != "answers") {
				t.Errorf("it %s: %d lines in the log:\n%s", name, lines, log)
			}
		}
	})
}

// What was known is shown for a while, and then nothing: not that all is well.
func TestBacklogIsNotShownWhenItIsNotKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{backlogs: []dao.EventBacklog{{Open: 3}}}
		registry, _ := newBacklog(t, q)
		scrape(registry)
		q.err, q.backlogs = errors.New("away"), nil
		time.Sleep(59 * time.Second)
		mustHave(t, scrape(registry), `events_open{consumer="handlers"} 3`)
		time.Sleep(2 * time.Second)
		if got := scrape(registry); strings.Contains(got, "events_open") {
			t.Errorf("a minute without an answer:\n%s", got)
		}
		q.err = nil
		time.Sleep(5 * time.Second)
		mustHave(t, scrape(registry), `events_open{consumer="handlers"} 0`)
	})
}
