package main

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShellLineIsTakenApartIntoTheSameWords(t *testing.T) {
	t.Parallel()
	words := []string{"plain", "a b", "it's", "", "$HOME", "a*", `back\slash`, "x:string:required,y:int", "ß", "a\nb"}
	line := shellLine(words)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	out, err := exec.Command(sh, "-c", `for word in `+line+`; do printf '%s\0' "$word"; done`).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, word := range words {
		want += word + "\x00"
	}
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", line, diff)
	}
}

func TestIsTrue(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"": false, "false": false, "0": false, "true": true, "1": true, "woodpecker": true} {
		if got := isTrue(value); got != want {
			t.Errorf("isTrue(%q): got %v, want %v", value, got, want)
		}
	}
}

func TestOnlyNewForgetsWhatWasWrongBefore(t *testing.T) {
	t.Parallel()
	says := func(output string) error { return &goError{Args: "vet", Output: output} }
	for _, test := range []struct {
		name             string
		planned, present error
		want             string // of what is left; "" is nothing
	}{
		{"nothing before", says("# x\na.go:1:2: bad"), nil, "# x\na.go:1:2: bad"},
		{"the same, moved", says("# x\na.go:9:2: bad"), says("# x\na.go:1:2: bad"), ""},
		{"one more", says("# x\na.go:9:2: bad\nb.go:1:1: worse"), says("# x\na.go:1:2: bad"), "b.go:1:1: worse"},
		{"twice instead of once", says("a.go:1:2: bad\na.go:3:2: bad"), says("a.go:1:2: bad"), "a.go:3:2: bad"},
		{"could not run", errors.New("no go"), says("a.go:1:2: bad"), "no go"},
	} {
		left := onlyNew(test.planned, test.present)
		got := ""
		var found *goError
		if errors.As(left, &found) {
			got = found.Output
		} else if left != nil {
			got = left.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
