package torture

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// Any number of replicas may migrate at once, and one may die at it.
func TestReplicasMigrateAtOnce(t *testing.T) {
	t.Parallel()
	service := program(t, "../../cmd/bone-vault")
	url := devdb.Empty(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const replicas = 8
	victim, err := startProcess(service, "up to date", "migrate", "up", "--database-url="+url)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, replicas)
	for range replicas {
		go func() {
			out, err := exec.CommandContext(ctx, service, "migrate", "up", "--database-url="+url).CombinedOutput()
			if err != nil {
				ended <- err.Error() + "\n" + string(out)
				return
			}
			ended <- ""
		}()
	}
	_ = victim.cmd.Process.Kill() // it may be done
	for range replicas {
		if failure := <-ended; failure != "" {
			t.Errorf("migrate: %s", failure)
		}
	}
	select {
	case <-victim.ended:
	case <-time.After(patience):
		t.Error("the killed process goes on")
	}
	out, err := exec.CommandContext(ctx, service, "migrate", "status", "--database-url="+url).CombinedOutput()
	if err != nil || strings.Contains(string(out), "pending") {
		t.Errorf("status: %v\n%s", err, out)
	}
	applied := number(t, url, `SELECT count(*) FROM goose_db_version WHERE version_id > 0 AND is_applied`)
	if lines := strings.Count(strings.TrimSpace(string(out)), "\n") + 1; applied != lines {
		t.Errorf("%d migrations were applied, want each of the %d once", applied, lines)
	}
	awaitNumber(t, url, 0, advisory)
}
