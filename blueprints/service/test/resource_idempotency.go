package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// checkIdempotency sends requests again with their Idempotency-Key: whatever
// happens to the answer and to the object, there is one object, one event and one
// answer.
func (k *trial) checkIdempotency() {
	k.checkReplay()
	k.checkFailureIsForgotten()
	k.checkAtOnce()
	k.checkLostAnswer()
	k.checkClientRetries()
}

// postWith sends the n-th request with key, and rest behind the URL. Its body has
// the same bytes each time.
func (k *trial) postWith(key string, n int, rest string) Response {
	k.t.Helper()
	return k.do(http.MethodPost, k.url(rest), k.text(n), "Idempotency-Key", key)
}

func (k *trial) text(n int) string {
	k.t.Helper()
	data, err := json.Marshal(k.body(n))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(data)
}

func (k *trial) checkReplay() {
	t, key := k.t, api.NewID()
	first := k.postWith(key, 1, "").Want(http.StatusCreated)
	if got := first.Header.Get("Idempotency-Replayed"); got != "" {
		t.Errorf("the first answer has Idempotency-Replayed: %s", got)
	}
	k.wantReplay(first, k.postWith(key, 1, ""))
	k.do(http.MethodPost, k.url(""), k.text(1)+" ", "Idempotency-Key", key).WantError(apierror.IdempotencyKeyReused)
	k.postWith(key, 1, "?other=query").WantError(apierror.IdempotencyKeyReused)

	k.do(http.MethodDelete, k.url("/"+first.ID()), nil).Want(http.StatusNoContent)
	k.wantReplay(first, k.postWith(key, 1, ""))
	k.do(http.MethodGet, k.url("/"+first.ID()), nil).WantError(apierror.NotFound)
	k.wantOneCreation(first.ID())

	k.postWith(strings.Repeat("x", 256), 1, "").WantError(apierror.BadRequest, "Idempotency-Key")
}

// wantReplay checks that again is the answer first, and says so.
func (k *trial) wantReplay(first, again Response) {
	k.t.Helper()
	again.Want(first.Status)
	if !bytes.Equal(again.Body, first.Body) {
		k.t.Errorf("got %s again, the first time %s", again.Body, first.Body)
	}
	for _, name := range []string{"Content-Type", "ETag", "Location"} {
		if got, want := again.Header.Get(name), first.Header.Get(name); got != want {
			k.t.Errorf("%s: got %q again, the first time %q", name, got, want)
		}
	}
	if got := again.Header.Get("Idempotency-Replayed"); got != "true" {
		k.t.Errorf("Idempotency-Replayed: got %q, want true", got)
	}
}

// wantOneCreation checks that there is one event about the creation of the object.
func (k *trial) wantOneCreation(id string) {
	k.t.Helper()
	events, err := k.service.Env.Services.Events().List(k.t.Context(), dao.Query{
		Size: 2, Search: "event_type = 'Create' and source_id = '" + id + "'",
	})
	if err != nil {
		k.t.Fatal(err)
	}
	if events.Total != 1 {
		k.t.Errorf("%d events about the creation of %s, want one", events.Total, id)
	}
}

// checkFailureIsForgotten corrects a request that failed.
func (k *trial) checkFailureIsForgotten() {
	key := api.NewID()
	k.do(http.MethodPost, k.url(""), "{", "Idempotency-Key", key).WantError(apierror.Malformed)
	created := k.postWith(key, 2, "").Want(http.StatusCreated)
	k.wantReplay(created, k.postWith(key, 2, ""))
}

// checkAtOnce sends a request many times at once.
func (k *trial) checkAtOnce() {
	const many = 64
	body, key := k.text(3), api.NewID()
	before := k.count() // with what the body refers to
	answers, errs := make([]Response, many), make([]error, many)
	var sent sync.WaitGroup
	for i := range many {
		sent.Go(func() { answers[i], errs[i] = k.try(k.service.URL, fresh(), key, body) })
	}
	sent.Wait()
	if err := errors.Join(errs...); err != nil {
		k.t.Fatal(err)
	}
	firsts := 0
	for _, answer := range answers {
		if answer.Want(http.StatusCreated); answer.Header.Get("Idempotency-Replayed") == "" {
			firsts++
		}
		if !bytes.Equal(answer.Body, answers[0].Body) {
			k.t.Errorf("got both %s and %s", answer.Body, answers[0].Body)
		}
	}
	k.made = append(k.made, answers[0].Header.Get("Location"))
	if got := k.count() - before; firsts != 1 || got != 1 {
		k.t.Errorf("%d requests were done and %d objects made, want one each", firsts, got)
	}
	k.wantOneCreation(answers[0].ID())
}

// checkLostAnswer sends a request whose answer gets lost on its way, and again.
func (k *trial) checkLostAnswer() {
	body, key := k.text(4), api.NewID()
	before := k.count()
	if answer, err := k.try(k.cutOff(), fresh(), key, body); err == nil {
		k.t.Fatalf("got %s in spite of the network", answer.Body)
	}
	if got := k.count() - before; got != 1 {
		k.t.Errorf("%d objects were made, want one", got)
	}
	again := k.postWith(key, 4, "").Want(http.StatusCreated)
	if got := again.Header.Get("Idempotency-Replayed"); got != "true" {
		k.t.Errorf("Idempotency-Replayed: got %q, want true", got)
	}
	if now := k.get(again.Header.Get("Location")); !bytes.Equal(now.Body, again.Body) {
		k.t.Errorf("answered with %s, the object is %s", again.Body, now.Body)
	}
	if got := k.count() - before; got != 1 {
		k.t.Errorf("%d objects were made, want one", got)
	}
	k.wantOneCreation(again.ID())
}

// count is the number of objects of the kind.
func (k *trial) count() int {
	k.t.Helper()
	total, err := k.get(k.url("?size=1")).Object()["total"].(json.Number).Int64()
	if err != nil {
		k.t.Fatal(err)
	}
	return int(total)
}

// checkClientRetries has a client get over a lost answer by itself.
func (k *trial) checkClientRetries() {
	body := k.text(5)
	before := k.count()
	retrying := client.New(client.Options{Retries: 3, IdempotencyKeys: true, Transport: fresh()})
	answer, err := k.try(k.cutOff(), retrying.Transport, "", body)
	if err != nil {
		k.t.Fatal(err)
	}
	answer.Want(http.StatusCreated)
	k.made = append(k.made, answer.Header.Get("Location"))
	if got := k.count() - before; got != 1 || answer.Header.Get("Idempotency-Replayed") != "true" {
		k.t.Errorf("got %d objects and the headers %v, want one object that was there before the answer", got, answer.Header)
	}
}

// fresh sends each request on a connection of its own.
func fresh() *http.Transport { return &http.Transport{DisableKeepAlives: true} }

// try sends body to the service at url, with key unless it is empty. Unlike do it
// may be called on other goroutines than the test's.
func (k *trial) try(url string, by http.RoundTripper, key, body string) (Response, error) {
	r, err := http.NewRequestWithContext(k.t.Context(), http.MethodPost, url+k.url(""), strings.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := by.RoundTrip(r)
	if err != nil {
		return Response{}, err
	}
	data, err := io.ReadAll(answer.Body)
	return Response{
		Status: answer.StatusCode, Header: answer.Header, Body: data, what: "POST with the key " + key, t: k.t,
	}, errors.Join(err, answer.Body.Close())
}

// cutOff is the URL of a network to the service that loses the first answer, as
// soon as there is one: what it is about has happened.
func (k *trial) cutOff() (url string) {
	k.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for number := 0; ; number++ {
			client, err := listener.Accept()
			if err != nil {
				return // closed
			}
			serving.Go(func() {
				if err := forward(client, strings.TrimPrefix(k.service.URL, "http://"), number == 0); err != nil {
					k.t.Error(err)
				}
			})
		}
	})
	k.t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			k.t.Error(err)
		}
		serving.Wait()
	})
	return "http://" + listener.Addr().String()
}

// forward connects client with service until one of them has closed. If the
// answer is to be lost, it closes both at its first byte.
func forward(client net.Conn, service string, lose bool) error {
	server, err := net.Dial("tcp", service)
	if err != nil {
		return errors.Join(err, client.Close())
	}
	var forwarding sync.WaitGroup
	// Both ways end, with an error, when the connections are closed.
	forwarding.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close() // perhaps for the second time
	})
	if lose {
		if _, err = server.Read(make([]byte, 1)); err != nil {
			err = fmt.Errorf("no answer to lose: %w", err)
		}
	} else {
		_, _ = io.Copy(client, server)
	}
	_, _ = client.Close(), server.Close()
	forwarding.Wait()
	return err
}
