package torture

import (
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// What is written while nobody is there is handled when somebody comes.
func TestEventsWrittenWhileNoReplicaRunsAreHandled(t *testing.T) {
	t.Parallel()
	program(t, "./replica")
	const events = 300
	url := devdb.New(t)
	witness := newWitness(t, nil)
	writers := newWriters(t, url, url, 20)
	writers.write(t, chosenSeed(t), events, 0)
	if got := number(t, url, openEvents); got != events {
		t.Fatalf("%d events are open, want %d", got, events)
	}
	finish(t, url, witness, events, startReplicas(t, 2, witness, url))
}

// When nothing goes wrong nothing is repeated, whoever competes.
func TestNothingIsRepeatedWhenNothingGoesWrong(t *testing.T) {
	t.Parallel()
	program(t, "./replica")
	const events = 1_000
	url := devdb.New(t)
	witness := newWitness(t, nil)
	replicas := startReplicas(t, 3, witness, url, "--events-lease=10m")
	newWriters(t, url, url, 50).write(t, chosenSeed(t), events, time.Second)
	finish(t, url, witness, events, replicas)
	for id, seen := range witness.events {
		if seen.attempts != 1 {
			t.Errorf("event %s: %d attempts, want 1", id, seen.attempts)
		}
	}
}

// finish waits until nothing is open, stops the replicas and checks all that is
// promised.
func finish(t *testing.T, url string, w *witness, events int, replicas []*replica) {
	t.Helper()
	awaitNumber(t, url, 0, openEvents)
	for _, r := range replicas {
		r.stop(t)
	}
	check(t, url, w, events)
}
