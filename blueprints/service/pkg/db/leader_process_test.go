package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// candidateURL in the environment makes this program a candidate.
const candidateURL = "TEST_CANDIDATE_URL"

// beCandidate says when it leads, and goes on until it is killed.
func beCandidate(url string) (code int) {
	err := db.NewLeader(db.Config{URL: url}, "work", nil).Hasten().Run(context.Background(), func(ctx context.Context) error {
		fmt.Println("leading")
		<-ctx.Done()
		return ctx.Err()
	})
	fmt.Fprintln(os.Stderr, "no candidate any more:", err)
	return 1
}

func TestKilledLeaderIsSucceeded(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	process := osexec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), candidateURL+"="+url)
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "leading\n" {
		t.Fatalf("the process said %q, error %v", line, err)
	}
	o := newOffice(t)
	run(t, candidate{leader(url), o.hold("successor")})
	if len(o.began) > 0 {
		t.Error("two lead at a time")
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it was killed
	receive(t, "a successor", o.began)
}
