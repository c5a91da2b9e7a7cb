package webhooks

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
)

// rig is a sink with its Manager on events in memory, and an endpoint that the
// test plays. Its clock is that of the synctest bubble.
type rig struct {
	*Sink
	events *daotest.Events
	wake   func()
	began  time.Time
	answer func(call int) (*http.Response, error)

	mu    sync.Mutex
	calls []time.Duration // when requests came, since began
}

// requests are the times at which requests came.
func (r *rig) requests() []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// RoundTrip plays the endpoint.
func (r *rig) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.calls = append(r.calls, time.Since(r.began))
	call := len(r.calls)
	r.mu.Unlock()
	answer, err := r.answer(call)
	if answer != nil {
		answer.Request = request
	}
	return answer, err
}

func newRig(t *testing.T, cfg controllers.Config, answer func(call int) (*http.Response, error)) *rig {
	t.Helper()
	secret := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	endpoints, err := ParseEndpoints("[{name: orders, url: https://example.com, secret: "+secret+"}]", false)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Sink: NewSink(endpoints[0], Options{}), events: daotest.NewEvents(), began: time.Now(), answer: answer}
	r.sender.client.Transport = r
	cfg.Consumer, cfg.Workers = r.Name(), 1
	manager := controllers.New(cfg, r.events, slog.New(slog.DiscardHandler))
	if err := manager.RegisterAll(r.Deliver); err != nil {
		t.Fatal(err)
	}
	r.wake = manager.Wake
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- manager.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) publish(t *testing.T, object string) *api.Event {
	t.Helper()
	event := &api.Event{Source: "Owls", SourceID: object, EventType: api.CreateEvent}
	if err := r.events.Create(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	r.wake()
	return event
}

func (r *rig) read(t *testing.T, event *api.Event) *api.Event {
	t.Helper()
	synctest.Wait()
	now, err := r.events.Get(t.Context(), event.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func status(code int, header ...string) (*http.Response, error) {
	answer := &http.Response{StatusCode: code, Header: http.Header{}, Body: http.NoBody}
	for i := 0; i < len(header); i += 2 {
		answer.Header.Set(header[i], header[i+1])
	}
	return answer, nil
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for name, tt := range map[string]struct {
		code   int
		header []string
		// after the first attempt:
		handled, dead bool
		attempts      int32
		next          time.Duration // the least time to the next request, 0 if there is none
	}{
		"accepted":                {code: 202, handled: true, attempts: 1},
		"redirected":              {code: 302, header: []string{"Location", "https://elsewhere"}, attempts: 1, next: time.Second / 2},
		"refused":                 {code: 400, attempts: 1, next: time.Second / 2},
		"gone":                    {code: 410, dead: true, attempts: 1},
		"too many":                {code: 429, attempts: 0, next: time.Second},
		"too many for a while":    {code: 429, header: []string{"Retry-After", "120"}, attempts: 0, next: 2 * time.Minute},
		"too many for ever":       {code: 429, header: []string{"Retry-After", "999999999"}, attempts: 0, next: time.Hour},
		"failed":                  {code: 500, attempts: 1, next: time.Second / 2},
		"away for a while":        {code: 503, header: []string{"Retry-After", "60"}, attempts: 1, next: time.Minute},
		"away until a time":       {code: 503, header: []string{"Retry-After", "Sat, 01 Jan 2000 00:10:00 GMT"}, attempts: 1, next: 10 * time.Minute},
		"away until a time ago":   {code: 503, header: []string{"Retry-After", "Sat, 01 Jan 1999 00:10:00 GMT"}, attempts: 1, next: time.Second / 2},
		"away, and that is a lie": {code: 503, header: []string{"Retry-After", "soon"}, attempts: 1, next: time.Second / 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // begins with the year 2000
				r := newRig(t, controllers.Config{BackoffBase: time.Second}, func(int) (*http.Response, error) { return status(tt.code, tt.header...) })
				event := r.publish(t, "a")
				now := r.read(t, event)
				if (now.HandledAt != nil) != tt.handled || (now.DeadAt != nil) != tt.dead || now.Attempts != tt.attempts {
					t.Errorf("after the first answer: %+v, want %+v", now, tt)
				}
				if tt.next > 0 {
					time.Sleep(tt.next - time.Millisecond)
					synctest.Wait()
					if len(r.requests()) != 1 {
						t.Errorf("requests at %v, want no second one before %v", r.requests(), tt.next)
					}
				}
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if again := len(r.requests()) > 1; again != (tt.next > 0) {
					t.Errorf("requests at %v, want another one: %t", r.requests(), tt.next > 0)
				}
			})
		})
	}
}

var errRefused = errors.New("connection refused")

func TestEndpointThatIsAwayIsLeftInPeace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		r := newRig(t, controllers.Config{MaxAttempts: 12, BackoffBase: time.Hour}, func(int) (*http.Response, error) {
			if !back.Load() {
				return nil, errRefused
			}
			return status(http.StatusOK)
		})
		var events []*api.Event
		for _, object := range strings.Split("abcdefghij", "") {
			events = append(events, r.publish(t, object))
		}
		synctest.Wait()
		if len(r.requests()) != tripAfter || !r.Open() {
			t.Fatalf("%d requests, open %t; want %d until the circuit opens", len(r.requests()), r.Open(), tripAfter)
		}
		time.Sleep(trialAfter - time.Millisecond)
		for i, event := range events {
			want := int32(0)
			if i < tripAfter {
				want = 1
			}
			if now := r.read(t, event); now.Attempts != want {
				t.Errorf("event %d while the circuit is open: %+v, want %d attempts", i, now, want)
			}
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		trials := r.requests()[tripAfter:]
		if len(trials) < 5 || len(trials) > 20 {
			t.Errorf("requests at %v, want one trial each half minute at most", r.requests())
		}
		for i := 1; i < len(trials); i++ {
			if trials[i]-trials[i-1] < trialAfter {
				t.Errorf("trials at %v, want %v between them", trials, trialAfter)
			}
		}

		back.Store(true)
		time.Sleep(3 * time.Hour)
		for i, event := range events {
			if now := r.read(t, event); now.HandledAt == nil {
				t.Errorf("event %d after the endpoint came back: %+v", i, now)
			}
		}
		if r.Open() {
			t.Error("the circuit is open still")
		}
	})
}

// What an endpoint refuses is about an event: the others must not wait for it.
func TestRefusedEventsDoNotOpenTheCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, controllers.Config{BackoffBase: time.Hour}, func(call int) (*http.Response, error) {
			if call <= 3*tripAfter {
				return status(http.StatusUnprocessableEntity)
			}
			return status(http.StatusOK)
		})
		for range 3 * tripAfter {
			r.publish(t, api.NewID())
		}
		good := r.publish(t, api.NewID())
		if now := r.read(t, good); now.HandledAt == nil || r.Open() {
			t.Errorf("after %d refused ones: %+v, circuit open %t", 3*tripAfter, now, r.Open())
		}
	})
}
