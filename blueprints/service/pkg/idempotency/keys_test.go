package idempotency_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(victimURL); url != "" {
		os.Exit(beVictim(url, os.Getenv(victimFate)))
	}
	devdb.Main(m)
}

var (
	order  = idempotency.Request{Key: "k", Issuer: "i", Subject: "s", Method: "POST", Path: "/p", Query: "q=1", Body: []byte("{}")}
	answer = idempotency.Answer{Status: 201, ETag: `"1"`, Location: "/p/1", Body: []byte("{\"id\":\"1\"}\n")}
)

var errRefused = errors.New("refused")

// desk is a database with a table that requests write to.
type desk struct {
	*idempotency.Keys
	t        *testing.T
	sessions *db.SessionFactory
	mu       sync.Mutex
	outcomes map[idempotency.Outcome]int
}

func newDesk(t *testing.T, settings idempotency.Settings) *desk {
	t.Helper()
	d := openDesk(t, devdb.New(t), settings)
	d.exec(`CREATE TABLE "done" ("what" text NOT NULL)`)
	return d
}

func openDesk(t *testing.T, url string, settings idempotency.Settings) *desk {
	t.Helper()
	return openDeskWith(t, db.Config{URL: url}, settings)
}

func openDeskWith(t *testing.T, cfg db.Config, settings idempotency.Settings) *desk {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &desk{t: t, sessions: sessions, outcomes: map[idempotency.Outcome]int{}}
	settings.Observe = func(outcome idempotency.Outcome) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.outcomes[outcome]++
	}
	d.Keys = idempotency.New(sessions, settings)
	return d
}

func (d *desk) exec(statement string, args ...any) {
	d.t.Helper()
	if err := d.sessions.New(d.t.Context()).Exec(statement, args...).Error; err != nil {
		d.t.Fatal(err)
	}
}

// wantRows checks how often something was done, and how many keys are kept.
func (d *desk) wantRows(done, keys int) {
	d.t.Helper()
	for table, want := range map[string]int{"done": done, "idempotency_keys": keys} {
		var got int
		if err := d.sessions.New(d.t.Context()).Raw(`SELECT count(*) FROM "` + table + `"`).Scan(&got).Error; err != nil {
			d.t.Fatal(err)
		}
		if got != want {
			d.t.Errorf("%s has %d rows, want %d", table, got, want)
		}
	}
}

// write does what a request is for.
func (d *desk) write(ctx context.Context) (idempotency.Answer, error) {
	return answer, d.sessions.New(ctx).Exec(`INSERT INTO "done" VALUES ('it')`).Error
}

// want sends request and checks what comes back.
func (d *desk) want(request idempotency.Request, replayed bool) {
	d.t.Helper()
	got, again, err := d.Once(d.t.Context(), request, d.write)
	if err != nil || again != replayed || !reflect.DeepEqual(got, answer) {
		d.t.Errorf("got %+v, replayed %t, error %v; want %+v, replayed %t", got, again, err, answer, replayed)
	}
}

func TestRepeatsAreAnsweredAndNotDone(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{})
	d.want(order, false)
	d.want(order, true)
	d.want(order, true)
	d.wantRows(1, 1)
	if d.outcomes[idempotency.Done] != 1 || d.outcomes[idempotency.Replayed] != 2 {
		t.Errorf("got the outcomes %v", d.outcomes)
	}
}

func TestAnswerWithoutBodyStaysOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{})
	for range 2 {
		got, _, err := d.Once(t.Context(), order, func(context.Context) (idempotency.Answer, error) {
			return idempotency.Answer{Status: 204}, nil
		})
		if err != nil || got.Status != 204 || got.Body != nil {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

// Poolers want statements to be sent in other ways.
func TestEveryWayToSendStatements(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	openDesk(t, url, idempotency.Settings{}).exec(`CREATE TABLE "done" ("what" text NOT NULL)`)
	for i, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		d := openDeskWith(t, db.Config{URL: url, QueryExecMode: mode}, idempotency.Settings{LockTimeout: time.Second})
		request := order
		request.Key = mode
		d.want(request, false)
		d.want(request, true)
		d.wantRows(i+1, i+1)
		if _, err := d.Purge(t.Context(), 1); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

// All that says who sends what to where makes another key; what is sent makes
// another request.
func TestWhatAKeyCountsFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{})
	d.want(order, false)
	others := 1
	for name, change := range map[string]func(*idempotency.Request){
		"key":     func(r *idempotency.Request) { r.Key = "K" },
		"issuer":  func(r *idempotency.Request) { r.Issuer = "" },
		"subject": func(r *idempotency.Request) { r.Subject = "S" },
		"method":  func(r *idempotency.Request) { r.Method = "PUT" },
		"path":    func(r *idempotency.Request) { r.Path = "/p/1" },
		"border":  func(r *idempotency.Request) { r.Issuer, r.Subject = "is", "" },
	} {
		other := order
		change(&other)
		t.Log("another", name)
		d.want(other, false)
		others++
	}
	for name, change := range map[string]func(*idempotency.Request){
		"query":  func(r *idempotency.Request) { r.Query = "" },
		"body":   func(r *idempotency.Request) { r.Body = []byte("{ }") },
		"border": func(r *idempotency.Request) { r.Query, r.Body = "q=1{", []byte("}") },
	} {
		other := order
		change(&other)
		if got, _, err := d.Once(t.Context(), other, d.write); !errors.Is(err, idempotency.ErrReused) || got.Status != 0 {
			t.Errorf("another %s: got %+v, %v, want ErrReused", name, got, err)
		}
	}
	d.wantRows(others, others)
	if d.outcomes[idempotency.Reused] != 3 {
		t.Errorf("got the outcomes %v", d.outcomes)
	}
}

// A request that fails leaves nothing, so that the next one may succeed.
func TestFailedRequestsAreNotKept(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{MaxAnswerBytes: int64(len(answer.Body))})
	for want, broken := range map[error]func(context.Context) (idempotency.Answer, error){
		errRefused: func(ctx context.Context) (idempotency.Answer, error) {
			_, err := d.write(ctx)
			return answer, errors.Join(err, errRefused)
		},
		idempotency.ErrTooLarge: func(ctx context.Context) (idempotency.Answer, error) {
			large := answer
			large.Body = append(large.Body, ' ')
			_, err := d.write(ctx)
			return large, err
		},
	} {
		if got, replayed, err := d.Once(t.Context(), order, broken); !errors.Is(err, want) || replayed || got.Status != 0 {
			t.Errorf("got %+v, replayed %t, error %v; want %v", got, replayed, err, want)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_, _, _ = d.Once(t.Context(), order, func(ctx context.Context) (idempotency.Answer, error) {
			_, _ = d.write(ctx)
			panic("in the middle")
		})
	}()
	d.wantRows(0, 0)
	d.want(order, false)
	d.wantRows(1, 1)
}

// What waits for the commit, as the wake-up about an event does, comes after it
// and once.
func TestHooksFollowTheCommit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{})
	var hooks int
	for range 2 {
		_, _, err := d.Once(t.Context(), order, func(ctx context.Context) (idempotency.Answer, error) {
			// As a service does: a use case with a transaction of its own.
			err := d.sessions.InTx(ctx, func(ctx context.Context) error {
				db.AfterCommit(ctx, func() {
					hooks++
					d.wantRows(1, 1)
				})
				_, err := d.write(ctx)
				return err
			})
			if hooks != 0 {
				t.Error("the hook came before the commit")
			}
			return answer, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if hooks != 1 {
		t.Errorf("%d hooks, want one", hooks)
	}
}

func TestKeyIsFreeAfterItsTime(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{Retention: time.Hour})
	d.want(order, false)
	d.exec(`UPDATE "idempotency_keys" SET "created_at" = now() - interval '59 minutes'`)
	d.want(order, true)
	d.exec(`UPDATE "idempotency_keys" SET "created_at" = now() - interval '61 minutes'`)
	other := order
	other.Body = []byte("other")
	d.want(other, false)
	d.want(other, true)
	d.wantRows(2, 1)
}

// The transaction goes on with the lock_timeout that it had.
func TestLockTimeoutIsTheClaimsOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{LockTimeout: 1234 * time.Millisecond})
	_, _, err := d.Once(t.Context(), order, func(ctx context.Context) (idempotency.Answer, error) {
		var timeout string
		err := d.sessions.New(ctx).Raw(`SHOW lock_timeout`).Scan(&timeout).Error
		if timeout != "0" {
			t.Errorf("lock_timeout is %s", timeout)
		}
		return answer, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Nothing that is stored says who sent a request, or by which key.
func TestKeysAndSendersAreNotStored(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{})
	secret := order
	secret.Key, secret.Issuer, secret.Subject, secret.Body = "swordfish-key", "swordfish-issuer", "swordfish-subject", []byte("swordfish")
	d.want(secret, false)
	var stored string
	err := d.sessions.New(t.Context()).Raw(`SELECT string_agg(k::text || encode(k.id, 'escape'), '') FROM "idempotency_keys" k`).Scan(&stored).Error
	if err != nil || stored == "" || strings.Contains(stored, "swordfish") {
		t.Errorf("got %q, %v", stored, err)
	}
}
