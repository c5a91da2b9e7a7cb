package webhooks_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

func aChange() *api.Event {
	return &api.Event{
		Meta:        api.Meta{ID: api.NewID(), CreatedAt: api.Now()},
		Source:      "Owls",
		SourceID:    api.NewID(),
		EventType:   api.UpdateEvent,
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

// endpointAt returns the endpoint that this YAML, besides name and url, makes.
func endpointAt(t *testing.T, url, more string) webhooks.Endpoint {
	t.Helper()
	endpoints, err := webhooks.ParseEndpoints("- name: orders\n  url: "+url+"\n"+more, true)
	if err != nil {
		t.Fatal(err)
	}
	return endpoints[0]
}

// sinkAt is the sink of endpointAt.
func sinkAt(t *testing.T, url, more string) *webhooks.Sink {
	t.Helper()
	sink := webhooks.NewSink(endpointAt(t, url, more), webhooks.Options{})
	t.Cleanup(func() {
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	})
	return sink
}

// post is a request that has arrived.
type post struct {
	*http.Request
	body []byte
}

// verify reports whether the request is signed by the secret.
func (p post) verify(t *testing.T, secret string) error {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return verifier.Verify(p.body, p.Header)
}

// receiver hands on what arrives, and answers as the handler does.
func receiver(t *testing.T, answer http.HandlerFunc) (url string, posts <-chan post) {
	t.Helper()
	arrived := make(chan post, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		arrived <- post{r, body}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived
}

func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func TestDeliveryIsASignedCloudEvent(t *testing.T) {
	t.Parallel()
	url, posts := receiver(t, answers(http.StatusNoContent))
	withUser := strings.Replace(url, "://", "://user:pass@", 1) + "/hooks?token=t"
	sink := sinkAt(t, withUser, "  secret: ["+keyOf('a')+", "+keyOf('b')+"]\n  headers: {X-Tenant: owlery}")
	change := aChange()
	if err := sink.Deliver(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	got := <-posts
	user, pass, _ := got.BasicAuth()
	for what, pair := range map[string][2]string{
		"method":       {got.Method, http.MethodPost},
		"path":         {got.RequestURI, "/hooks?token=t"},
		"user":         {user + ":" + pass, "user:pass"},
		"content type": {got.Header.Get("Content-Type"), "application/cloudevents+json"},
		"webhook-id":   {got.Header.Get("webhook-id"), change.ID},
		"trace":        {got.Header.Get("traceparent"), change.TraceParent},
		"own header":   {got.Header.Get("X-Tenant"), "owlery"},
		"user agent":   {got.Header.Get("User-Agent"), api.ServiceName},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	for _, secret := range []string{keyOf('a'), keyOf('b')} {
		if err := got.verify(t, secret); err != nil {
			t.Errorf("the signature does not verify: %v", err)
		}
	}
	if err := got.verify(t, keyOf('c')); !errors.Is(err, standardwebhooks.ErrNoMatchingSignature) {
		t.Errorf("another key: got %v, want that it does not match", err)
	}
	var e event.Event
	if err := e.UnmarshalJSON(got.body); err != nil || e.Validate() != nil {
		t.Fatalf("no CloudEvent: %v %v\n%s", err, e.Validate(), got.body)
	}
	if e.ID() != change.ID || e.Subject() != change.SourceID || e.Type() != api.ServiceName+".Owls.Update" {
		t.Errorf("got %s", e)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere, calls := receiver(t, answers(http.StatusOK))
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, status) })
		err := sinkAt(t, url, "  secret: "+keyOf('a')).Deliver(t.Context(), aChange())
		if refused := (*webhooks.StatusError)(nil); !errors.As(err, &refused) || refused.Status != status {
			t.Errorf("status %d: got %v, want it as a failure", status, err)
		}
	}
	if len(calls) > 0 {
		t.Errorf("%d requests were redirected", len(calls))
	}
}

func TestErrorsSayWhereAndWhatButNothingSecret(t *testing.T) {
	t.Parallel()
	hanging, _ := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	failing, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, hushed, http.StatusBadGateway) })
	closed := httptest.NewServer(nil)
	closed.Close()
	broken, _ := receiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, tt := range map[string]struct{ url, want string }{
		"status":            {failing, "endpoint orders: status 502 Bad Gateway"},
		"time":              {hanging, "endpoint orders: no answer within 20ms"},
		"nobody":            {closed.URL, "endpoint orders: dial tcp"},
		"connection broken": {broken, "endpoint orders: EOF"},
		"unknown host":      {"http://nowhere.invalid", "endpoint orders: dial tcp: lookup nowhere.invalid"},
	} {
		withUser := strings.Replace(tt.url, "://", "://user:"+hushed+"@", 1) + "/?token=" + hushed
		timeout := "1m"
		if name == "time" {
			timeout = "20ms"
		}
		sink := sinkAt(t, withUser, "  headers: {Authorization: "+hushed+"}\n  timeout: "+timeout+"\n  secret: "+keyOf('a'))
		err := sink.Deliver(t.Context(), aChange())
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
		if err != nil && (strings.Contains(err.Error(), hushed) || strings.Contains(err.Error(), "token")) {
			t.Errorf("%s: the error shows what is secret: %v", name, err)
		}
	}
}

func TestAnswerIsReadUpToABound(t *testing.T) {
	t.Parallel()
	cut := make(chan struct{})
	url, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(cut)
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	if err := sinkAt(t, url, "  secret: "+keyOf('a')).Deliver(t.Context(), aChange()); err != nil {
		t.Errorf("got %v, want success: the status said so", err)
	}
	<-cut // or the test never ends
}

func TestStopEndsARequest(t *testing.T) {
	t.Parallel()
	url, posts := receiver(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	sink := sinkAt(t, url, "  secret: "+keyOf('a')+"\n  timeout: 5m")
	go func() { ended <- sink.Deliver(ctx, aChange()) }()
	<-posts
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRequestsAreObserved(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	status := http.StatusOK
	url, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	sender := webhooks.NewSender(endpointAt(t, url, "  secret: "+keyOf('a')), webhooks.Options{
		Observe: func(endpoint, status string) { seen[endpoint+" "+status]++ },
		Now:     func() time.Time { return time.Now().Add(-time.Hour) },
	})
	t.Cleanup(func() { _ = sender.Close() })
	for _, status = range []int{200, 204, 418, 777, 302} {
		_ = sender.Send(t.Context(), webhooks.Message{ID: "1", ContentType: "text/plain"})
	}
	public, err := webhooks.NewEndpoint("public", "https://localhost/", false)
	if err != nil {
		t.Fatal(err)
	}
	guarded := webhooks.NewSender(public, webhooks.Options{Observe: func(endpoint, status string) { seen[endpoint+" "+status]++ }})
	if err := guarded.Send(t.Context(), webhooks.Message{ID: "1"}); !errors.Is(err, webhooks.ErrPrivateAddress) {
		t.Errorf("got %v, want that localhost is private", err)
	}
	want := map[string]int{"orders ok": 2, "orders 418": 1, "orders other": 1, "orders 302": 1, "public private": 1}
	for series, count := range want {
		if seen[series] != count {
			t.Errorf("%s: got %d, want %d of %v", series, seen[series], count, seen)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("got %v", seen)
	}
}
