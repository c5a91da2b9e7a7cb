package torture

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// size is how much a run takes on.
type size struct {
	events, objects int
	mishaps         int
	every           time.Duration // between two mishaps
}

// full reports whether the long form is wanted.
func full() bool { return os.Getenv("TORTURE") == "full" }

func chosenSize() size {
	if full() {
		return size{events: 20_000, objects: 500, mishaps: 60, every: time.Second}
	}
	return size{events: 2_000, objects: 100, mishaps: len(mishaps), every: 500 * time.Millisecond}
}

// chosenSeed is that of TORTURE_SEED, or a new one.
func chosenSeed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if given := os.Getenv("TORTURE_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("TORTURE_SEED: %v", err)
		}
	}
	t.Logf("TORTURE_SEED=%d", seed)
	return seed
}

// newCluster starts a server that the test may stop.
func newCluster(t testing.TB) *devdb.Cluster {
	t.Helper()
	cluster, err := devdb.NewCluster(t.Context())
	if errors.Is(err, devdb.ErrNoPrograms) {
		t.Skipf("needs a server of its own, to stop it: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := migrations.Up(t.Context(), cluster.URL()); err != nil {
		t.Fatal(err)
	}
	return cluster
}

// Whatever goes wrong, each event is handled, those of an object in their order,
// and effects are made once.
func TestNothingIsLostWhateverGoesWrong(t *testing.T) {
	program(t, "./replica") // before a server is started for nothing
	size, seed := chosenSize(), chosenSeed(t)
	cluster := newCluster(t)
	proxy, url := newProxy(t, cluster.URL())
	moods := &moods{counts: map[Verdict]int{}}
	witness := newWitness(t, moods.decide)
	writers := newWriters(t, url, cluster.URL(), size.objects)
	scene := &scene{
		cluster: cluster, proxy: proxy, moods: moods, chance: rand.New(rand.NewPCG(seed, 0)),
		replicas: startReplicas(t, 3, witness, url),
	}
	began := time.Now()
	written := make(chan struct{})
	go func() {
		defer close(written)
		writers.write(t, seed, size.events, time.Duration(size.mishaps)*size.every)
	}()
	scene.happen(t, size.mishaps, size.every)
	<-written
	quiet := time.Now()
	awaitNumber(t, cluster.URL(), 0, openEvents)
	t.Logf("%d events in %v, the last one %v after the last mishap", size.events,
		time.Since(began).Round(time.Millisecond), time.Since(quiet).Round(time.Millisecond))
	for _, r := range scene.replicas {
		r.stop(t)
		t.Logf("%s: %d processes", r.name, r.starts)
	}
	t.Logf("writers: %d changes undone on purpose, %d attempts of unknown outcome; handlers: %v", writers.undone, writers.retries, moods.counts)
	check(t, cluster.URL(), witness, size.events)
	awaitNumber(t, cluster.URL(), 0, advisory) // the server ends sessions in its own time
}
