//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// newNests makes a service with the kind Nest and returns its directory.
func newNests(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	wantCode(t, terminal(t, dir, nil, []string{"new", "birds", "--kind", "Nest height:int:required", "--yes"}), exitDone)
	return filepath.Join(dir, "birds")
}

func TestAddFieldAsksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := newNests(t)
	got := terminal(t, dir, nil, []string{"add", "field", "--partial"},
		step{"Name of the kind", "egg" + enterKey},
		step{"there are Nest", "\x15nest" + enterKey},
		step{"New fields", "a:nothing" + enterKey},
		step{"nothing", "\x15label:string,size:int" + enterKey},
		step{"n No", "y"},
	)
	wantCode(t, got, exitDone)
	wantOnScreen(t, got, "trexgen add field nest label:string,size:int --partial")
	wantFile(t, filepath.Join(dir, manifest), "- label:string\n      - size:int\n")

	got = terminal(t, dir, []string{"TERM=dumb"}, []string{"add", "field", "nest"},
		step{"New fields: ", "seen:bool\n"},
		step{"Write these changes? (y/n) [y]: ", "y\n"},
	)
	wantCode(t, got, exitDone)
	wantFile(t, filepath.Join(dir, manifest), "- seen:bool\n")
	// What is given is not asked for, nor is there anything to confirm then.
	wantCode(t, terminal(t, dir, nil, []string{"add", "field", "nest", "tall:bool"}), exitDone)
}

func TestRemoveKindAsksBeforeItDeletes(t *testing.T) {
	t.Parallel()
	dir := newNests(t)
	model := filepath.Join(dir, "pkg", "api", "nest.go")
	got := terminal(t, dir, nil, []string{"remove", "kind", "nest"}, step{"drop_nests.sql", ""}, step{"n No", "n"})
	wantCode(t, got, exitCancelled)
	wantFile(t, model, "Nest")
	wantCode(t, terminal(t, dir, nil, []string{"remove", "kind"}, step{"Name of the kind", ctrlC}), exitCancelled)
	wantFile(t, model, "Nest")

	got = terminal(t, dir, nil, []string{"remove", "kind"}, step{"Name of the kind", "Nest" + enterKey}, step{"n No", "y"})
	wantCode(t, got, exitDone)
	if _, err := os.Stat(model); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", model, err)
	}
}

func TestRemoveKindDoesNotAskWhenTold(t *testing.T) {
	t.Parallel()
	dir := newNests(t)
	wantCode(t, terminal(t, dir, nil, []string{"remove", "kind", "nest", "--dry-run"}), exitDone)
	wantCode(t, terminal(t, dir, nil, []string{"remove", "kind", "nest", "--yes"}), exitDone)
}

// Nobody is asked for a kind where there is none: no answer would do.
func TestKindsAreNotAskedForWhereThereAreNone(t *testing.T) {
	t.Parallel()
	dir := newService(t)
	for _, args := range [][]string{{"add", "field"}, {"remove", "kind"}} {
		got := terminal(t, dir, nil, args)
		wantCode(t, got, exitUsage)
		wantOnScreen(t, got, "no kinds yet")
	}
}
