//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	ctrlC    = "\x03"
	enterKey = "\r"
)

func TestNewAsksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := terminal(t, dir, nil, []string{"new"},
		step{"enter next", "birds" + enterKey},
		step{"empty for birds", "example.com/birds" + enterKey},
		step{"> example.com/birds", "Bird name:string:required" + enterKey},
		step{"submit", "ocm" + enterKey},
		step{"n No", "y"},
	)
	wantCode(t, got, exitDone)
	wantOnScreen(t, got, "trexgen new birds --module example.com/birds --kind 'Bird name:string:required' --client ocm")
	wantFile(t, filepath.Join(dir, "birds", "go.mod"), "module example.com/birds\n")
	wantFile(t, filepath.Join(dir, "birds", manifest), "Bird")
	wantFile(t, filepath.Join(dir, "birds", manifest), "clients: [ocm]")
}

func TestNewRepeatsAQuestionUntilTheAnswerWillDo(t *testing.T) {
	t.Parallel()
	got := terminal(t, t.TempDir(), nil, []string{"new", "--module", "example.com/x", "--kind", "Bird name:string", "--client", "ocm"},
		step{"submit", "a/b" + enterKey},
		step{"looks like a path", ctrlC},
	)
	wantCode(t, got, exitCancelled)
}

func TestAddKindAsksForWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := newService(t)
	got := terminal(t, dir, nil, []string{"add", "kind"},
		step{"enter next", "person" + enterKey},
		step{"empty for People", "a/b" + enterKey},
		step{"looks like a path", "\x15" + enterKey},
		step{"submit", enterKey},
		step{"there are no fields", "name:string:required" + enterKey},
		step{"n No", "y"},
	)
	wantCode(t, got, exitDone)
	wantOnScreen(t, got, "trexgen add kind person --fields name:string:required")
	wantFile(t, filepath.Join(dir, "pkg", "api", "person.go"), "Person")
}

func TestACancelledQuestionWritesNothing(t *testing.T) {
	t.Parallel()
	dumb := []string{"TERM=dumb"}
	const said = "cancelled, nothing was written"
	// With module, kind and client given, the name is all that is asked for.
	new := []string{"new", "--module", "example.com/birds", "--kind", "Bird name:string", "--client", "ocm"}
	name, plainName := step{"submit", "birds" + enterKey}, step{"Name of the service:", "birds\n"}
	for name, test := range map[string]struct {
		env    []string
		steps  []step
		screen string
	}{
		"ctrl-c in a form":        {nil, []step{{"submit", ctrlC}}, said},
		"ctrl-c before writing":   {nil, []step{name, {"n No", ctrlC}}, said},
		"no":                      {nil, []step{name, {"n No", "n"}}, said},
		"end of the input, plain": {dumb, []step{{"Name of the service:", "\x04"}}, said},
		"no, plain":               {dumb, []step{plainName, {"Write these changes? (y/n) [y]:", "n\n"}}, said},
		// Outside a form the terminal itself makes a signal of ctrl-c, and drops what it was about to show.
		"ctrl-c, plain":                {dumb, []step{{"Name of the service:", ctrlC}}, ""},
		"ctrl-c before writing, plain": {dumb, []step{plainName, {"Write these changes? (y/n) [y]:", ctrlC}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			got := terminal(t, dir, test.env, new, test.steps...)
			wantCode(t, got, exitCancelled)
			wantOnScreen(t, got, test.screen)
			if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
		})
	}
}

func TestPlainQuestionsWhereTheTerminalIsDumb(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	got := terminal(t, dir, []string{"TERM=dumb"}, []string{"new"},
		step{"Name of the service: ", "a/b\n"},
		step{"Name of the service: ", "birds\n"},
		step{"Go module: ", "\n"},
		step{"First kind: ", "\n"},
		step{"Optional clients: ", "uhc\n"},
		step{"there is no such client: give ocm", "\n"},
		step{"Write these changes? (y/n) [y]: ", "maybe\n"},
		step{"answer y or n", "y\n"},
	)
	wantCode(t, got, exitDone)
	wantFile(t, filepath.Join(dir, "birds", "go.mod"), "module birds\n")
	wantNoEscapes(t, got)
}

func TestNothingIsAskedWhenTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env, args []string
		code      int
	}{
		"--no-input":            {nil, []string{"new", "--no-input"}, exitUsage},
		"CI":                    {[]string{"CI=true"}, []string{"new"}, exitUsage},
		"all is given":          {nil, []string{"new", "birds"}, exitDone},
		"--no-input and all":    {nil, []string{"new", "birds", "--no-input"}, exitDone},
		"nothing to be written": {nil, []string{"new", "birds", "--dry-run"}, exitDone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCode(t, terminal(t, t.TempDir(), test.env, test.args), test.code)
		})
	}
}

// TestHelpSendsNoQueries: a terminal that does not answer them would let the user wait.
func TestHelpSendsNoQueries(t *testing.T) {
	t.Parallel()
	got := terminal(t, t.TempDir(), nil, []string{"--help"})
	wantCode(t, got, exitDone)
	wantNoEscapes(t, got)
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	t.Parallel()
	args := []string{"new", "birds", "--dry-run"}
	if got := terminal(t, t.TempDir(), nil, args); !strings.Contains(got.Raw, "\x1b[32m+\x1b[0m") {
		t.Errorf("no green plus:\n%q", got.Raw)
	}
	wantNoEscapes(t, terminal(t, t.TempDir(), []string{"NO_COLOR=1"}, args))
	wantNoEscapes(t, terminal(t, t.TempDir(), []string{"TERM=dumb"}, args))
}

// newService makes a service without kinds and returns its directory.
func newService(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	wantCode(t, terminal(t, dir, nil, []string{"new", "birds", "--yes"}), exitDone)
	return filepath.Join(dir, "birds")
}

func wantCode(t *testing.T, got ended, code int) {
	t.Helper()
	if got.Code != code {
		t.Errorf("exit code: got %d, want %d; screen:\n%s", got.Code, code, got.Screen)
	}
}

func wantOnScreen(t *testing.T, got ended, text string) {
	t.Helper()
	if !strings.Contains(got.Screen, text) {
		t.Errorf("no %q on the screen:\n%s", text, got.Screen)
	}
}

func wantNoEscapes(t *testing.T, got ended) {
	t.Helper()
	if strings.Contains(got.Raw, "\x1b") {
		t.Errorf("escape sequences:\n%q", got.Raw)
	}
}

func wantFile(t *testing.T, path, text string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), text) {
		t.Errorf("%s: no %q in\n%s", filepath.Base(path), text, content)
	}
}
