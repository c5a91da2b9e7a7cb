package torture

import (
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// An event that fails again and again is parked, in nobody's way, until somebody
// has it tried again.
func TestDeadEventIsRetriedByHand(t *testing.T) {
	t.Parallel()
	service := program(t, "../../cmd/bone-vault")
	url := devdb.New(t)
	var poisoned string
	var cured atomic.Bool
	witness := newWitness(t, func(a Attempt, _ *record) (Verdict, <-chan struct{}) {
		if a.Object == poisoned && !cured.Load() {
			return Fail, nil
		}
		return Succeed, nil
	})
	patients := newWriters(t, url, url, 1)
	poisoned = patients.objects[0]
	replicas := startReplicas(t, 2, witness, url, "--events-max-attempts=3")
	seed := chosenSeed(t)
	patients.write(t, seed, 1, 0)
	others := patients.withObjects(t, url, 10)
	others.write(t, seed, 100, 0)

	awaitNumber(t, url, 1, deadEvents)
	awaitNumber(t, url, 0, openEvents)
	cured.Store(true)
	retry := exec.CommandContext(t.Context(), service, "events", "retry", "--all-dead", "--database-url="+url)
	if out, err := retry.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", retry.Args[1:], err, out)
	}
	awaitNumber(t, url, 0, deadEvents)
	finish(t, url, witness, 101, replicas)
}

// An event that kills whoever handles it does not do so for ever. Those that are
// claimed together with it, and die with it again and again, are handled.
func TestEventThatKillsReplicasIsParked(t *testing.T) {
	t.Parallel()
	program(t, "./replica")
	url := devdb.New(t)
	var deadly string
	witness := newWitness(t, func(a Attempt, _ *record) (Verdict, <-chan struct{}) {
		if a.Object == deadly {
			return Die, nil
		}
		return Succeed, nil
	})
	killers := newWriters(t, url, url, 1)
	deadly = killers.objects[0]
	seed := chosenSeed(t)
	killers.write(t, seed, 1, 0)
	killers.withObjects(t, url, 50).write(t, seed, 50, 0)
	startReplicas(t, 2, witness, url, "--events-max-attempts=2", "--events-lease=1s")
	awaitNumber(t, url, 0, openEvents)
	if got := number(t, url, deadEvents); got != 1 {
		t.Errorf("%d events are dead, want only the one that kills", got)
	}
}
