package forwarder_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/forwarder"
)

// life is what happens to one object.
var life = []api.EventType{api.CreateEvent, api.UpdateEvent, api.UpdateEvent, api.DeleteEvent}

// lives are the messages about n objects, mixed.
func lives(n int) []forwarder.Message {
	var all []forwarder.Message
	for i, what := range life {
		for object := range n {
			id := fmt.Sprintf("%d-%d", object, i)
			all = append(all, forwarder.Message{
				ID: id, Object: fmt.Sprint("Owls/", object), Source: "Owls", EventType: what,
				TraceParent: "00-" + id, Body: fmt.Appendf(nil, `{"id":%q,"type":%q,"subject":"%d"}`, id, what, object),
			})
		}
	}
	return all
}

// wantLives checks that the messages are those of lives(n), each once and in
// order for each object.
func wantLives(t *testing.T, got []taken, n int) {
	t.Helper()
	order := map[string][]string{}
	for _, m := range got {
		order[m.Event.Subject] = append(order[m.Event.Subject], m.ID)
	}
	for object := range n {
		var want []string
		for i := range life {
			want = append(want, fmt.Sprintf("%d-%d", object, i))
		}
		if diff := cmp.Diff(want, order[fmt.Sprint(object)]); diff != "" {
			t.Errorf("object %d (-want +got):\n%s", object, diff)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPublishInOrderAndRepeatsOnce(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.>")
	batch := lives(20)
	must(t, b.publisher().Publish(t.Context(), batch))
	must(t, b.publisher().Publish(t.Context(), batch)) // another replica, after a crash
	wantLives(t, b.contents(), 20)
}

func TestFormOfAMessage(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.>")
	must(t, b.publisher().Publish(t.Context(), []forwarder.Message{
		{ID: "1", Source: "Owls", EventType: api.CreateEvent, TraceParent: "00-1", Body: []byte(`{}`)},
		{ID: "2", Source: "No good.*>", EventType: "", Body: []byte(`{}`)},
	}))
	got := b.contents()
	slices.SortFunc(got, func(a, b taken) int { return strings.Compare(a.ID, b.ID) })
	if len(got) != 2 || got[0].Subject != "events.Owls.Create" || got[1].Subject != "events.No_good___._" {
		t.Fatalf("got %+v, want both under safe subjects", got)
	}
	want := nats.Header{
		"content-type": {"application/cloudevents+json"}, "traceparent": {"00-1"},
		"Nats-Msg-Id": {"1"}, "Nats-Expected-Stream": {"EVENTS"},
	}
	if diff := cmp.Diff(want, got[0].Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if _, has := got[1].Header["traceparent"]; has {
		t.Errorf("a trace without one: %v", got[1].Header)
	}
}

// What comes after a message that the stream refuses is not sent, if it is
// about the same object; the rest is, once.
func TestRefusedMessageHoldsUpItsObject(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.*.Create", "events.*.Delete", "events.Bats.Update")
	bats := forwarder.Message{ID: "bat", Object: "Bats/1", Source: "Bats", EventType: api.UpdateEvent, Body: []byte(`{}`)}
	batch := append(lives(3), bats)
	j := b.publisher()
	err := j.Publish(t.Context(), batch)
	if err == nil || !strings.Contains(err.Error(), "no stream takes events.Owls.Update: create the stream EVENTS with the subjects events.>") {
		t.Fatalf("error %v, want what to do", err)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error says the same again and again: %v", err)
	}
	var got []string
	for _, m := range b.contents() {
		got = append(got, m.ID)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"0-0", "1-0", "2-0", "bat"}, got); diff != "" {
		t.Fatalf("what was taken (-want +got):\n%s", diff)
	}

	b.stream("events.>")
	must(t, j.Publish(t.Context(), batch))
	wantLives(t, b.contents(), 3)
	if got := len(b.contents()); got != len(batch) {
		t.Errorf("the stream has %d messages, want %d", got, len(batch))
	}
}

// Whatever a stream does with a message, it gets the later ones of the same
// object only once it has told that it has this one.
func TestOrderWhateverTheStreamDoes(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	conn, err := nats.Connect(b.url())
	must(t, err)
	defer conn.Close()
	var mu sync.Mutex
	var got []string // the ids in the order of their first storing
	stored := map[string]bool{}
	_, err = conn.Subscribe("events.>", func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		id := m.Header.Get(nats.MsgIdHdr)
		does := rand.IntN(4)
		if does != 0 && !stored[id] { // 0 does not store it
			stored[id] = true
			got = append(got, id)
		}
		switch does {
		case 0, 1: // and 1 says that it has not, though it has
			must(t, m.Respond([]byte(`{"error":{"code":503,"err_code":10077,"description":"out of resources"}}`)))
		case 2:
			must(t, m.Respond([]byte(`{"stream":"EVENTS","seq":1}`)))
		case 3: // says nothing
		}
	})
	must(t, err)
	must(t, conn.Flush())

	j := forwarder.NewJetStream(forwarder.JetStreamConfig{
		URL: b.url(), Stream: "EVENTS", Subject: "events", AckTimeout: 10 * time.Millisecond,
	}, discard)
	defer func() { must(t, j.Close()) }()
	const objects = 10
	batch := lives(objects)
	for j.Publish(t.Context(), batch) != nil {
		must(t, t.Context().Err())
	}
	mu.Lock()
	defer mu.Unlock()
	var all []taken
	for _, id := range got {
		object, _, _ := strings.Cut(id, "-")
		all = append(all, taken{ID: id, Event: cloudEvent{Subject: object}})
	}
	wantLives(t, all, objects)
}

func TestWrongStream(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.>")
	j := forwarder.NewJetStream(forwarder.JetStreamConfig{URL: b.url(), Stream: "OTHERS", Subject: "events"}, discard)
	defer func() { must(t, j.Close()) }()
	err := j.Publish(t.Context(), lives(1))
	if err == nil || !strings.Contains(err.Error(), "another stream than OTHERS takes events.Owls.Create") {
		t.Errorf("error %v, want one about the stream", err)
	}
	if got := b.contents(); len(got) > 0 {
		t.Errorf("the wrong stream has %+v", got)
	}
}

func TestServerComesAndGoes(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.>")
	b.stop()
	j := b.publisher()
	if err := j.Publish(t.Context(), lives(1)); err == nil || !strings.Contains(err.Error(), "connect to NATS") {
		t.Fatalf("error %v, want one about NATS", err)
	}
	b.start()
	batch := lives(5)
	must(t, j.Publish(t.Context(), batch[:7]))
	b.stop()
	if err := j.Publish(t.Context(), batch); err == nil {
		t.Fatal("published to a server that is away")
	}
	b.start()
	for j.Publish(t.Context(), batch) != nil { // reconnects by itself
		must(t, t.Context().Err())
	}
	wantLives(t, b.contents(), 5)
}

func TestWhoIsRefusedIsToldWithoutThePassword(t *testing.T) {
	t.Parallel()
	b := startBroker(t, func(o *server.Options) { o.Username, o.Password = "user", "right" })
	publish := func(password, credentials string) error {
		j := forwarder.NewJetStream(forwarder.JetStreamConfig{
			URL: strings.Replace(b.url(), "//", "//user:"+password+"@", 1), CredentialsFile: credentials, Stream: "EVENTS", Subject: "events",
		}, discard)
		defer func() { must(t, j.Close()) }()
		return j.Publish(t.Context(), lives(1))
	}
	for name, test := range map[string]struct{ password, credentials, want string }{
		"right password":         {"right", "", "no stream takes"},
		"wrong password":         {"wrong", "", "connect to NATS at " + strings.TrimPrefix(b.url(), "nats://") + ": nats: Authorization Violation"},
		"no file of credentials": {"right", filepath.Join(t.TempDir(), "none.creds"), "none.creds"},
	} {
		if err := publish(test.password, test.credentials); err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: error %v, want %q and no password", name, err, test.want)
		}
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	conn, err := nats.Connect(b.url())
	must(t, err)
	defer conn.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = conn.Subscribe("events.>", func(*nats.Msg) { cancel() }) // and never answers
	must(t, err)
	must(t, conn.Flush())
	if err := b.publisher().Publish(ctx, lives(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
