package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// scene is where mishaps happen.
type scene struct {
	cluster  *devdb.Cluster
	proxy    *proxy
	replicas []*replica
	moods    *moods
	chance   *rand.Rand // of the goroutine that chooses mishaps

	restarting sync.Mutex // there is one server only
	pending    sync.WaitGroup
	recover    []func() // ends of silences, oldest first
}

// mishaps are what can go wrong. Each happens at once and says what it was; what
// takes longer goes on behind.
var mishaps = []struct {
	name   string
	happen func(t testing.TB, s *scene) string
}{
	{"kill -9 of a replica", func(_ testing.TB, s *scene) string {
		r := s.replicas[s.chance.IntN(len(s.replicas))]
		r.kill()
		return r.name
	}},
	{"kill -9 of all replicas", func(_ testing.TB, s *scene) string {
		for _, r := range s.replicas {
			r.kill()
		}
		return ""
	}},
	{"terminate listeners", func(_ testing.TB, s *scene) string {
		return s.terminate(`"query" ILIKE 'listen %'`, 3)
	}},
	{"terminate workers", func(_ testing.TB, s *scene) string {
		return s.terminate(`"query" NOT ILIKE 'listen %'`, 1+s.chance.IntN(4))
	}},
	{"restart PostgreSQL, fast", func(t testing.TB, s *scene) string {
		return s.restart(t, (*devdb.Cluster).Stop)
	}},
	{"restart PostgreSQL, immediate", func(t testing.TB, s *scene) string {
		return s.restart(t, (*devdb.Cluster).Crash)
	}},
	{"cut some connections", func(_ testing.TB, s *scene) string {
		odd := s.chance.IntN(2)
		return fmt.Sprint(s.proxy.cut(func(i int) bool { return i%2 == odd }))
	}},
	{"cut all connections", func(_ testing.TB, s *scene) string {
		return fmt.Sprint(s.proxy.cut(func(int) bool { return true }))
	}},
	{"connections go silent", func(_ testing.TB, s *scene) string {
		s.recover = append(s.recover, s.proxy.silence())
		return ""
	}},
	{"handlers fail", func(_ testing.TB, s *scene) string {
		s.moods.add(Fail, 10)
		s.moods.add(FailLate, 10)
		return ""
	}},
	{"handlers panic", func(_ testing.TB, s *scene) string {
		s.moods.add(Panic, 5)
		return ""
	}},
	{"handlers hang beyond their lease", func(_ testing.TB, s *scene) string {
		s.moods.add(hang, 3)
		return ""
	}},
	{"handlers wait for the end of their context", func(_ testing.TB, s *scene) string {
		s.moods.add(Wait, 3)
		return ""
	}},
}

// happen lets something go wrong with each tick, n times: all that can, in an
// order of chance, again and again.
func (s *scene) happen(t testing.TB, n int, every time.Duration) {
	t.Helper()
	tick := time.NewTicker(every)
	defer tick.Stop()
	var order []int
	for i := range n {
		if len(order) == 0 {
			order = s.chance.Perm(len(mishaps))
		}
		next := mishaps[order[0]]
		order = order[1:]
		<-tick.C
		s.endSilences(2)
		detail := next.happen(t, s)
		t.Logf("%3d %s %s", i+1, next.name, detail)
	}
	<-tick.C
	s.endSilences(0)
	s.pending.Wait()
}

// endSilences leaves only the last ones, and cuts what was silent before.
func (s *scene) endSilences(leave int) {
	for len(s.recover) > 0 && len(s.recover) >= leave {
		s.recover[0]()
		s.recover = s.recover[1:]
	}
}

// restart restarts the server, unless that is going on already.
func (s *scene) restart(t testing.TB, end func(*devdb.Cluster) error) string {
	if !s.restarting.TryLock() {
		return "goes on already: " + fmt.Sprint(s.proxy.cut(func(int) bool { return true })) + " connections cut instead"
	}
	s.pending.Go(func() {
		defer s.restarting.Unlock()
		if err := end(s.cluster); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
		if err := s.cluster.Start(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("start PostgreSQL: %v", err)
		}
	})
	return ""
}

// terminate ends some sessions of the service.
func (s *scene) terminate(which string, most int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.cluster.URL())
	if err != nil {
		return "nobody: " + err.Error() // the server is away, which is bad enough
	}
	defer func() { _ = conn.Close(ctx) }() // its work is done
	var ended int
	err = conn.QueryRow(ctx, `SELECT count(pg_terminate_backend("pid")) FROM (
		SELECT "pid" FROM pg_stat_activity
		WHERE "application_name" = $1 AND "backend_type" = 'client backend' AND `+which+`
		ORDER BY random() LIMIT $2) AS "chosen"`, api.ServiceName, most).Scan(&ended)
	if err != nil {
		return "nobody: " + err.Error()
	}
	return fmt.Sprint(ended)
}

// hang is the mood in which a handler does not end before somebody else has begun
// with its event, because the lease has lapsed; then it succeeds, too late.
const hang Verdict = "hang"

// moods are the verdicts that the next attempts get.
type moods struct {
	mu     sync.Mutex
	next   []Verdict
	counts map[Verdict]int
}

func (m *moods) add(verdict Verdict, times int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range times {
		m.next = append(m.next, verdict)
	}
}

// decide is the witness's.
func (m *moods) decide(_ Attempt, seen *record) (Verdict, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.next) == 0 {
		return Succeed, nil
	}
	verdict := m.next[0]
	m.next = m.next[1:]
	m.counts[verdict]++
	if verdict == hang {
		return Late, seen.again
	}
	return verdict, nil
}
