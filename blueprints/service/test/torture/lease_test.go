package torture

import (
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// A handler that takes longer than its lease is overtaken by another attempt. It
// is told before, by its context; if it does not heed that, its late success
// changes nothing. The next event of the object waits either way.
func TestHandlerSlowerThanItsLeaseIsOvertaken(t *testing.T) {
	t.Parallel()
	for name, slow := range map[string]Verdict{"heeding its context": Wait, "ignoring its context": hang} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program(t, "./replica")
			const events = 3
			url := devdb.New(t)
			var first string
			witness := newWitness(t, func(a Attempt, seen *record) (Verdict, <-chan struct{}) {
				if first == "" {
					first = a.EventID
				}
				switch {
				case a.EventID != first || seen.attempts > 1:
					return Succeed, nil
				case slow == hang:
					return Late, seen.again
				}
				return slow, nil
			})
			newWriters(t, url, url, 1).write(t, chosenSeed(t), events, 0)
			replicas := startReplicas(t, 2, witness, url)
			finish(t, url, witness, events, replicas)

			for id, seen := range witness.events {
				want := 1
				if id == first {
					want = 2
				}
				if seen.attempts != want {
					t.Errorf("event %d: %d attempts, want %d", seen.sequence, seen.attempts, want)
				}
			}
			if seen := witness.events[first]; slow == Wait && (seen.gone == 0 || seen.gone > seen.resumed) {
				t.Errorf("the context ended at %d, the next attempt began at %d; want it to end before", seen.gone, seen.resumed)
			}
		})
	}
}
