package webhooks_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

// outbox is a database of events that are to be delivered.
type outbox struct {
	url      string
	sessions *db.SessionFactory
	events   dao.EventDao
}

func newOutbox(t *testing.T) *outbox {
	t.Helper()
	o := &outbox{url: devdb.New(t)}
	o.sessions = open(t, o.url)
	o.events = dao.NewEventDao(o.sessions)
	return o
}

func open(t *testing.T, url string) *db.SessionFactory {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	return sessions
}

// write writes an event about each object that these sinks are to be told of.
func (o *outbox) write(t *testing.T, objects []string, to ...*webhooks.Sink) []*api.Event {
	t.Helper()
	var consumers []string
	for _, sink := range to {
		consumers = append(consumers, sink.Name())
	}
	var events []*api.Event
	for _, object := range objects {
		event := &api.Event{Source: "Owls", SourceID: object, EventType: api.UpdateEvent}
		if err := o.events.Create(t.Context(), event, consumers...); err != nil {
			t.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// waiting returns the deliveries of events that are still to be made.
func (o *outbox) waiting(t *testing.T, events []*api.Event) map[string][]dao.EventDelivery {
	t.Helper()
	var ids []string
	for _, event := range events {
		ids = append(ids, event.ID)
	}
	waiting, err := o.events.Waiting(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return waiting
}

// mustBeDone waits until all events are delivered, by whoever does.
func (o *outbox) mustBeDone(t *testing.T, events []*api.Event) {
	t.Helper()
	for ask := time.NewTicker(5 * time.Millisecond); ; <-ask.C {
		if len(o.waiting(t, events)) == 0 {
			ask.Stop()
			return
		}
	}
}

// replica has sink told of events until the returned func, which returns what
// Run did. It sweeps so often that nothing has to wake it.
func replica(t *testing.T, o *outbox, sink *webhooks.Sink, change func(*controllers.Config), around func(controllers.Events) controllers.Events) (stop func() error) {
	t.Helper()
	cfg := controllers.Config{
		Consumer: sink.Name(), Workers: 4, SweepEvery: 5 * time.Millisecond,
		BackoffBase: time.Millisecond, BackoffMax: 5 * time.Millisecond, MaxAttempts: 1000,
	}
	if change != nil {
		change(&cfg)
	}
	var events controllers.Events = dao.NewEventDeliveries(open(t, o.url), sink.Name())
	if around != nil {
		events = around(events)
	}
	manager := controllers.New(cfg, events, slog.New(slog.DiscardHandler))
	if err := manager.RegisterAll(sink.Deliver); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- manager.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// impatientSink is sinkAt with an endpoint that is tried again soon.
func impatientSink(t *testing.T, name, url, more string) *webhooks.Sink {
	t.Helper()
	endpoints, err := webhooks.ParseEndpoints("- name: "+name+"\n  url: "+url+"\n  secret: "+keyOf('a')+"\n"+more, true)
	if err != nil {
		t.Fatal(err)
	}
	sink := webhooks.NewSink(endpoints[0], webhooks.Options{TrialAfter: 20 * time.Millisecond})
	t.Cleanup(func() { _ = sink.Close() })
	return sink
}

func objects(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = api.NewID()
	}
	return ids
}

// The endpoint fails each event twice, and then altogether for so many requests
// that the circuit opens. All events arrive, those of one object in order.
func TestEventsArriveInOrderThroughFailures(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	var mu sync.Mutex
	tries := map[string]int{}
	accepted := []string{}
	outage := 20
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("webhook-id")
		tries[id]++
		switch {
		case tries[id] <= 2:
			w.WriteHeader(http.StatusConflict)
		case len(accepted) > 10 && outage > 0:
			outage--
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			accepted = append(accepted, id)
		}
	})
	sink := impatientSink(t, "orders", url, "")
	var mine []*api.Event
	for range 4 { // each object four times
		mine = append(mine, o.write(t, []string{"01980000-0000-7000-8000-aaaaaaaaaaaa", "01980000-0000-7000-8000-bbbbbbbbbbbb", "01980000-0000-7000-8000-cccccccccccc"}, sink)...)
	}
	mine = append(mine, o.write(t, objects(20), sink)...)
	stop := replica(t, o, sink, nil, nil)
	o.mustBeDone(t, mine)
	if err := stop(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	bySequence := map[string][]int{}
	for _, id := range accepted {
		i := slices.IndexFunc(mine, func(e *api.Event) bool { return e.ID == id })
		bySequence[mine[i].SourceID] = append(bySequence[mine[i].SourceID], i)
	}
	for object, sequence := range bySequence {
		if !slices.IsSorted(sequence) {
			t.Errorf("object %s: accepted %v, want them in order", object, sequence)
		}
	}
	if len(accepted) != len(mine) || outage != 0 {
		t.Errorf("accepted %d of %d events, %d failures left", len(accepted), len(mine), outage)
	}
}

// While the circuit is open, events neither go out nor use up their attempts;
// another replica, or this one later, delivers them.
func TestOpenCircuitKeepsTheAttemptsOfEvents(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	var back atomic.Bool
	url, posts := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		if !back.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	cautious := webhooks.NewSink(endpointAt(t, url, "  secret: "+keyOf('a')), webhooks.Options{TrialAfter: time.Hour})
	t.Cleanup(func() { _ = cautious.Close() })
	mine := o.write(t, objects(20), cautious)
	stop := replica(t, o, cautious, func(cfg *controllers.Config) { cfg.Workers = 1 }, nil)
	for ask := time.NewTicker(time.Millisecond); ; <-ask.C {
		if cautious.Open() {
			ask.Stop()
			break
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	attempts := 0
	for _, waiting := range o.waiting(t, mine) {
		attempts += int(waiting[0].Attempts)
	}
	if sent := len(posts); sent != 5 || attempts != sent {
		t.Errorf("%d requests and %d attempts until the circuit opened, want 5", sent, attempts)
	}
	back.Store(true)
	stop = replica(t, o, impatientSink(t, "orders", url, ""), nil, nil)
	o.mustBeDone(t, mine)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

var errCrash = errors.New("killed")

// noDone is a store that a replica dies before it reaches.
type noDone struct{ controllers.Events }

func (noDone) Done(context.Context, ...api.Event) error { return errCrash }

func TestDeliveryThatWasNotRecordedIsRepeatedWithItsID(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	url, posts := receiver(t, answers(http.StatusOK))
	sink := impatientSink(t, "orders", url, "")
	mine := o.write(t, objects(1), sink)

	short := func(cfg *controllers.Config) { cfg.Lease, cfg.StopTimeout = 2*time.Second, time.Millisecond }
	crash := replica(t, o, sink, short, func(events controllers.Events) controllers.Events { return noDone{events} })
	first := <-posts
	if err := crash(); err == nil {
		t.Error("the first replica has recorded the delivery")
	}
	stop := replica(t, o, sink, nil, nil)
	second := <-posts
	o.mustBeDone(t, mine)
	if err := stop(); err != nil {
		t.Error(err)
	}
	for i, got := range []post{first, second} {
		if id := got.Header.Get("webhook-id"); id != mine[0].ID {
			t.Errorf("request %d: id %q, want that of the event, %q", i, id, mine[0].ID)
		}
		if err := got.verify(t, keyOf('a')); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if diff := cmp.Diff(string(first.body), string(second.body)); diff != "" {
		t.Errorf("the repeat differs (-first +second):\n%s", diff)
	}
}

func TestReplicaThatStopsGivesItsDeliveryBack(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	release := make(chan struct{})
	var once sync.Once
	url, posts := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { // hangs the first time
			select {
			case <-r.Context().Done():
			case <-release:
			}
		})
	})
	defer close(release)
	sink := impatientSink(t, "orders", url, "  timeout: 5m\n")
	mine := o.write(t, objects(1), sink)
	stop := replica(t, o, sink, func(cfg *controllers.Config) { cfg.Lease, cfg.StopTimeout = time.Hour, 50*time.Millisecond }, nil)
	first := <-posts
	if err := stop(); err != nil {
		t.Error(err)
	}
	waiting := o.waiting(t, mine)[mine[0].ID]
	if len(waiting) != 1 || waiting[0].Attempts != 0 || waiting[0].DeadAt != nil {
		t.Errorf("after the stop: %+v, want the delivery as if it had not begun", waiting)
	}
	if first.Header.Get("webhook-id") != mine[0].ID {
		t.Errorf("got %v", first.Header)
	}
	stop = replica(t, o, sink, nil, nil)
	if second := <-posts; second.Header.Get("webhook-id") != mine[0].ID {
		t.Errorf("got %v", second.Header)
	}
	o.mustBeDone(t, mine)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestEndpointThatHangsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	release := make(chan struct{})
	hangs, hung := receiver(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-release:
		}
	})
	quick, posts := receiver(t, answers(http.StatusOK))
	slow := impatientSink(t, "slow", hangs, "  timeout: 5m\n")
	fast := impatientSink(t, "fast", quick, "")
	mine := o.write(t, objects(20), slow, fast)
	stopSlow := replica(t, o, slow, nil, nil)
	for range 4 { // all workers of it
		<-hung
	}
	stopFast := replica(t, o, fast, nil, nil)
	for range mine {
		<-posts
	}
	for id, waiting := range o.waiting(t, mine) {
		if !slices.ContainsFunc(waiting, func(d dao.EventDelivery) bool { return d.Consumer == slow.Name() }) {
			t.Errorf("event %s: the endpoint that hangs has it: %+v", id, waiting)
		}
	}
	close(release) // and the slow one catches up
	o.mustBeDone(t, mine)
	if err := errors.Join(stopSlow(), stopFast()); err != nil {
		t.Error(err)
	}
}
