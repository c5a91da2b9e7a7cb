package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"testing"
	"time"

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

func TestServerIsToldToNoticeLoss(t *testing.T) {
	t.Parallel()
	conn := connect(t, devdb.Empty(t))
	if err := db.NoticeLoss(t.Context(), conn, 4*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ condition, setting, want string }{
		{"current_setting('server_version_num')::int >= 140000", "idle_session_timeout", "4s"},
		{"inet_server_addr() is not null and version() ~ 'linux'", "tcp_user_timeout", "4000"},
		{"inet_server_addr() is not null and version() ~ 'linux'", "tcp_keepalives_idle", "1"},
		{"inet_server_addr() is not null and version() ~ 'linux'", "tcp_keepalives_interval", "1"},
		{"inet_server_addr() is not null and version() ~ 'linux'", "tcp_keepalives_count", "4"},
	} {
		var applies bool
		var got string
		err := conn.QueryRow(t.Context(), "select "+test.condition+", coalesce(current_setting($1, true), '')", test.setting).Scan(&applies, &got)
		if err != nil || applies && got != test.want {
			t.Errorf("%s: %q, error %v; want %q", test.setting, got, err, test.want)
		}
	}
}
