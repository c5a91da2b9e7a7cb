package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// changeTimeout bounds one attempt to write, so that a silent connection holds
// nobody up for long.
const changeTimeout = 3 * time.Second

// retryPace is the time before another attempt.
const retryPace = 50 * time.Millisecond

// errUndone is why a change is rolled back on purpose.
var errUndone = errors.New("undone")

// writers change objects and publish what they did, through the code of the
// service.
type writers struct {
	env     *environments.Env
	objects []string

	mu      sync.Mutex
	undone  int // changes that were rolled back on purpose
	retries int // whose outcome was not known
}

// newWriters makes the tables and objects in the database of direct, and writes
// by url, which leads to the same.
func newWriters(t testing.TB, url, direct string, objects int) *writers {
	t.Helper()
	execute(t, direct, Schema)
	env := newEnv(t, url, io.Discard)
	runNotifier(t, env)
	return (&writers{env: env}).withObjects(t, direct, objects)
}

// withObjects returns other writers of new objects.
func (w *writers) withObjects(t testing.TB, direct string, objects int) *writers {
	t.Helper()
	next := &writers{env: w.env}
	for range objects {
		next.objects = append(next.objects, api.NewID())
	}
	execute(t, direct, `INSERT INTO "torture_objects" ("id") SELECT unnest($1::text[]::uuid[])`, next.objects)
	return next
}

// newEnv builds the service without running it.
func newEnv(t testing.TB, url string, log io.Writer, args ...string) *environments.Env {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	cfg := config.Bind(flags)
	if err := flags.Parse(append([]string{"--env=testing", "--database-url=" + url}, args...)); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Load(flags, func(string) (string, bool) { return "", false }, os.ReadFile); err != nil {
		t.Fatal(err)
	}
	lines, err := logger.New(log, logger.Text, "info")
	if err != nil {
		t.Fatal(err)
	}
	env, err := environments.New(t.Context(), cfg, lines, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

// runNotifier runs of the service only what wakes the replicas.
func runNotifier(t testing.TB, env *environments.Env) {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- env.Database.Notifier.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// write commits n changes of random objects by several goroutines, spread over
// the time that they may take: as often as it takes for each. Some more are
// rolled back on purpose.
func (w *writers) write(t testing.TB, seed uint64, n int, over time.Duration) {
	t.Helper()
	const parallel = 8
	due := make(chan struct{})
	var writing sync.WaitGroup
	failures := make(chan error, parallel)
	for i := range parallel {
		chance := rand.New(rand.NewPCG(seed, uint64(i)))
		writing.Go(func() {
			for range due {
				if err := w.commit(t.Context(), chance); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	err := pace(n, over, due, failures)
	close(due)
	writing.Wait()
	if err != nil {
		t.Fatal(err)
	}
}

// pace sends n times, spread over some time; who lags behind catches up.
func pace(n int, over time.Duration, due chan<- struct{}, failures <-chan error) error {
	began, tick := time.Now(), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for sent := 0; sent < n; {
		wanted := n
		if elapsed := time.Since(began); elapsed < over {
			wanted = int(float64(n) * elapsed.Seconds() / over.Seconds())
		}
		for ; sent < wanted; sent++ {
			select {
			case due <- struct{}{}:
			case err := <-failures:
				return err
			}
		}
		<-tick.C
	}
	return nil
}

// commit makes one change, for sure. An attempt whose outcome is not known is
// made again as the same change: if it was committed after all, this one waits
// for it and meets its row.
func (w *writers) commit(ctx context.Context, chance *rand.Rand) error {
	object, change := w.objects[chance.IntN(len(w.objects))], api.NewID()
	if chance.IntN(20) == 0 {
		// It may fail for another reason, which rolls back too.
		if err := w.attempt(ctx, object, api.NewID(), errUndone); err == nil {
			return errors.New("a change that fails was committed")
		}
		w.count(&w.undone)
	}
	for {
		err := w.attempt(ctx, object, change, nil)
		var there *db.UniqueError
		if err == nil || errors.As(err, &there) {
			return nil
		}
		if !passes(err) {
			return fmt.Errorf("change an object: %w", err)
		}
		w.count(&w.retries)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryPace): // as clients do, so that they leave the machine to others
		}
	}
}

// passes tells the errors that the mishaps bring.
func passes(err error) bool {
	return errors.Is(err, db.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// attempt changes object and publishes that, in one transaction, which end rolls
// back unless it is nil. The event bears the change's id as that of its operation.
func (w *writers) attempt(ctx context.Context, object, change string, end error) error {
	ctx, cancel := context.WithTimeout(logger.WithOperationID(ctx, change), changeTimeout)
	defer cancel()
	sessions := w.env.Database.Sessions
	return sessions.InTx(ctx, func(ctx context.Context) error {
		var version int64
		err := sessions.New(ctx).Raw(`UPDATE "torture_objects" SET "version" = "version" + 1 WHERE "id" = ? RETURNING "version"`, object).
			Row().Scan(&version)
		if err != nil {
			return db.Translate(err)
		}
		err = sessions.New(ctx).Exec(`INSERT INTO "torture_changes" ("id", "object", "version") VALUES (?, ?, ?)`, change, object, version).Error
		if err != nil {
			return db.Translate(err)
		}
		if err := w.env.Services.Events().Publish(ctx, api.UpdateEvent, Source, object); err != nil {
			return err
		}
		return end
	})
}

func (w *writers) count(what *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*what++
}
