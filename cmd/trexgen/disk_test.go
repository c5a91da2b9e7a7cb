package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// onDisk runs a shell script in a file system of its own, of the given size, which nobody else sees and which is gone
// afterwards. $DISK is where it is mounted. The test is skipped where that is not permitted.
func onDisk(t *testing.T, size, script string) string {
	t.Helper()
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("unshare is not installed")
	}
	disk := t.TempDir()
	mount := fmt.Sprintf("export DISK='%s'; mount -t tmpfs -o size=%s tmpfs \"$DISK\"", disk, size)
	if out, err := exec.CommandContext(t.Context(), unshare, "-rm", "sh", "-c", mount).CombinedOutput(); err != nil {
		t.Skipf("nothing may be mounted here: %v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), unshare, "-rm", "sh", "-c", mount+" || exit\ncd \"$DISK\"\n"+script).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return string(out)
}

// TestADiskThatIsFull leaves less and less room on a disk, from what is enough to nothing at all. Each run makes all of
// the kind, or puts everything back and says why.
func TestADiskThatIsFull(t *testing.T) {
	t.Parallel()
	before := filepath.Join(t.TempDir(), "before")
	if code, said := runIn(t, ".", "trexgen", "new", "birds", "--quiet", "--dir", before); code != exitDone {
		t.Fatalf("new: exit code %d\n%s", code, said)
	}
	out := onDisk(t, "4m", `
for free in 200 120 96 80 72 64 56 48 40 32 24 16 8 4 0; do
	cp -a '`+before+`' birds
	head -c "$(($(df --output=avail -k . | tail -n 1) * 1024))" /dev/zero > filler 2>/dev/null
	truncate -s "$(($(stat -c %s filler) - free * 1024))" filler
	trexgen -C birds add kind Bird --quiet --fields name:string > said 2>&1
	code=$?
	if [ $code = 0 ]; then
		test -f birds/pkg/api/bird.go && grep -q Bird birds/trexgen.yaml || echo "$free KB: exit code 0, but the kind is not there"
	else
		diff -r '`+before+`' birds || echo "$free KB: half"
		[ $code = 1 ] || echo "$free KB: exit code $code"
		[ ! -s said ] || grep -q 'no space left' said || cat said
	fi
	find . -name '.*trexgen-*' -o -name '.trexgen*'
	echo "ended with $code" >&2
	rm -r birds filler said
done`)
	full, enough := strings.Count(out, "ended with 1\n"), strings.Count(out, "ended with 0\n")
	if rest := strings.NewReplacer("ended with 1\n", "", "ended with 0\n", "").Replace(out); rest != "" {
		t.Error(rest)
	}
	if full < 5 || enough < 1 {
		t.Errorf("%d runs met a full disk and %d had enough room, want at least 5 and 1", full, enough)
	}
}

// TestADiskThatTakesNothing is about a file system that is mounted read-only, where not even a lock can be taken.
func TestADiskThatTakesNothing(t *testing.T) {
	t.Parallel()
	out := onDisk(t, "4m", `
trexgen new birds --quiet && mount -o remount,ro tmpfs "$DISK" || exit
trexgen -C birds add kind Bird --quiet --fields name:string; echo "ended with $?"
trexgen new owls --quiet; echo "ended with $?"
trexgen -C birds add kind Bird --quiet --fields name:string --check; echo "ended with $?"`)
	for _, want := range []string{"birds: openat .trexgen.lock: read-only file system\nended with 1\n", "ended with 1\nended with 4\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
}
