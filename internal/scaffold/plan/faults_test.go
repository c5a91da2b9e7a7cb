package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scene is something that is done to a directory and has to be all or nothing.
type scene struct {
	name          string
	before, after tree
	do            func(t *testing.T, dir string, f files) error
	recover       func(f files) (bool, error)
	committed     string // is there while a run that decided for the new tree clears up; "" if none does
}

func scenes() []scene {
	before, after, p := sample()
	apply := scene{
		name: "apply", before: before, after: after, committed: journalDone,
		do:      func(t *testing.T, dir string, f files) error { return apply(t.Context(), f, dir, p) },
		recover: resume,
	}
	copying := apply
	copying.name = "apply without hard links"
	copying.do = func(t *testing.T, dir string, f files) error { return apply.do(t, dir, linkless{f}) }
	list := []scene{apply, copying}
	fresh, made := newTree()
	for _, path := range []string{".", "svc", filepath.Join("a", "b", "svc")} {
		moved := tree{}
		for name, content := range made {
			moved[filepath.ToSlash(filepath.Join(path, filepath.FromSlash(name)))] = content
		}
		at := func(f files) site { return site{path: path, files: f} }
		list = append(list, scene{
			name: "create " + filepath.ToSlash(path), before: tree{}, after: moved,
			do:      func(t *testing.T, _ string, f files) error { return at(f).create(t.Context(), fresh) },
			recover: func(f files) (bool, error) { return at(f).recover() },
		})
	}
	return list
}

// stage makes a directory for one attempt, which is gone when the attempt is over.
func (s scene) stage(t *testing.T, do func(dir string, root rooted)) {
	t.Helper()
	dir := plant(t, s.before)
	root, err := os.OpenRoot(dir)
	must(t, err)
	do(dir, rooted{root})
	must(t, root.Close())
	must(t, os.RemoveAll(dir))
}

// whole fails the test unless dir is as before, or as planned.
func (s scene) whole(t *testing.T, dir string, mayBeBefore bool, what string) {
	t.Helper()
	got := harvest(t, dir)
	if mayBeBefore && cmp.Equal(s.before, got) {
		return
	}
	if diff := cmp.Diff(s.after, got); diff != "" {
		t.Errorf("%s: neither as before nor as planned (-planned +got):\n%s", what, diff)
	}
}

// TestEveryFaultLeavesAllOrNothing lets every single operation fail in turn, once alone and once with all that follow, as
// if the process had been killed there. Alone, the tree is whole at once, but for what clearing up leaves; killed, after
// the next run's recovery.
func TestEveryFaultLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			t.Logf("%d errors, %d deaths", s.faults(t, false), s.faults(t, true))
		})
	}
}

// faults lets each operation fail, a write in each of the ways in which one can, and returns how many that were.
func (s scene) faults(t *testing.T, dead bool) (points int) {
	for n := 1; ; n++ {
		op := s.fault(t, n, dead, 0)
		if op == "" {
			return points
		}
		points++
		if !strings.HasPrefix(op, "write") {
			continue
		}
		for cut := 1; cut <= 4; cut++ {
			s.fault(t, n, dead, cut)
			points++
		}
	}
}

// fault lets the n-th operation fail and returns its name, or "" if there is none.
func (s scene) fault(t *testing.T, n int, dead bool, cut int) (op string) {
	s.stage(t, func(dir string, root rooted) {
		f := &faulty{files: root, at: []int{n}, dead: dead, cut: cut}
		err := s.do(t, dir, f)
		if op = f.op; op == "" {
			must(t, err)
			s.whole(t, dir, false, "no fault")
			return
		}
		what := fmt.Sprintf("dead=%v, cut=%d, operation %d (%s), error %v", dead, cut, n, f.op, err)
		if dead && err == nil {
			t.Errorf("%s: no error", what)
		}
		if !dead && !s.clearing(t, root) {
			s.whole(t, dir, err != nil, what)
		}
		_, recovered := s.recover(root)
		must(t, recovered)
		s.whole(t, dir, err != nil, what+", recovered")
	})
	return op
}

// clearing reports whether a run is past its commit, so that what is left is but to be cleared up.
func (s scene) clearing(t *testing.T, root rooted) bool {
	t.Helper()
	if s.committed == "" {
		return false
	}
	there, err := exists(root, s.committed)
	must(t, err)
	return there
}

// TestFaultsInRecoveryLeaveAllOrNothing lets a run fail or die at every operation, and what is to mend that fail or die at
// every operation again. The next run still finds its way.
func TestFaultsInRecoveryLeaveAllOrNothing(t *testing.T) {
	t.Parallel()
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			t.Logf("%d pairs of faults", s.doubleDeaths(t)+s.doubleErrors(t))
		})
	}
}

// doubleDeaths kills a run at each operation, and its recovery at each.
func (s scene) doubleDeaths(t *testing.T) (points int) {
	for n, more := 1, true; more; n += stride() {
		for m, again := 1, true; again && more; m++ {
			s.stage(t, func(dir string, root rooted) {
				first := &faulty{files: root, at: []int{n}, dead: true, cut: 2}
				err := s.do(t, dir, first)
				if more = first.fired > 0; !more {
					return
				}
				second := &faulty{files: root, at: []int{m}, dead: true, cut: 2}
				_, _ = s.recover(second)
				again = second.fired > 0
				_, recovered := s.recover(root)
				must(t, recovered)
				points++
				s.whole(t, dir, err != nil, fmt.Sprintf("killed at %d (%s), then at %d (%s)", n, first.op, m, second.op))
			})
		}
	}
	return points
}

// doubleErrors lets two operations of one run fail, so that the second may be one of those that put things back.
func (s scene) doubleErrors(t *testing.T) (points int) {
	for n, more := 1, true; more; n += stride() {
		for m, again := n+1, true; again && more; m++ {
			s.stage(t, func(dir string, root rooted) {
				f := &faulty{files: root, at: []int{n, m}, cut: 2}
				err := s.do(t, dir, f)
				more, again = f.fired > 0, f.fired > 1
				_, recovered := s.recover(root)
				must(t, recovered)
				points++
				s.whole(t, dir, err != nil, fmt.Sprintf("errors at %d (%s) and at %d, the run's: %v", n, f.op, m, err))
			})
		}
	}
	return points
}

// stride thins the pairs of faults out, unless all tests are to run in full.
func stride() int {
	if os.Getenv("TREXGEN_FULL") != "" {
		return 1
	}
	return 11
}
