package idempotency_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// victimURL in the environment makes this program a victim, victimFate says when
// it is killed.
const (
	victimURL  = "TEST_VICTIM_URL"
	victimFate = "TEST_VICTIM_FATE"

	beforeCommit = "before the commit"
	beforeAnswer = "after the commit, before the answer"
)

// beVictim does order, and says when the moment has come. It is killed there.
func beVictim(url, fate string) (code int) {
	sessions, err := db.NewSessionFactory(context.Background(), db.Config{URL: url}, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_, _, err = idempotency.New(sessions, idempotency.Settings{}).Once(context.Background(), order,
		func(ctx context.Context) (idempotency.Answer, error) {
			err := sessions.New(ctx).Exec(`INSERT INTO "done" VALUES ('it')`).Error
			if fate == beforeCommit && err == nil {
				fmt.Println(fate)
				select {}
			}
			return answer, err
		})
	if err == nil {
		fmt.Println(fate)
		select {}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// Whenever a replica is killed, another one answers the repeat, and it is done
// once.
func TestKilledReplica(t *testing.T) {
	t.Parallel()
	for fate, replayed := range map[string]bool{beforeCommit: false, beforeAnswer: true} {
		t.Run(fate, func(t *testing.T) {
			t.Parallel()
			url := devdb.New(t)
			d := openDesk(t, url, idempotency.Settings{LockTimeout: 30 * time.Second})
			d.exec(`CREATE TABLE "done" ("what" text NOT NULL)`)
			kill(t, url, fate)
			d.want(order, replayed)
			d.wantRows(1, 1)
		})
	}
}

// kill starts a victim and kills it when its time has come.
func kill(t *testing.T, url, fate string) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), victimURL+"="+url, victimFate+"="+fate)
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != fate+"\n" {
		t.Errorf("the process said %q, error %v", line, err)
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it was killed
}
