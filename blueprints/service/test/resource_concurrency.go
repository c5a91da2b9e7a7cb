package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// writers is how many clients write to one object at once.
const writers = 64

// checkConcurrency has clients write to one object at once, each on condition
// that it is as they saw it: no change is lost, and none is made twice.
func (k *trial) checkConcurrency() {
	first, second := k.patch(k.body(1)), k.patch(k.body(2))
	created := k.create(1)
	path := k.url("/" + created.ID())
	changes := 0
	if !k.same(first, second) { // else there is nothing to change
		patches := [2][]byte{k.marshal(first), k.marshal(second)}
		etag := created.Header.Get("ETag")
		won := k.compete(func() (Response, error) { return k.send(http.MethodPatch, path, patches[1], etag) },
			http.StatusOK, http.StatusPreconditionFailed, http.StatusConflict)
		if won != 1 {
			k.t.Errorf("%d of %d clients that saw %s changed it, want one", won, writers, etag)
		}
		start := k.version(etag)
		changes = won
		const rounds = 2
		for range rounds {
			changes += k.compete(func() (Response, error) { return k.readAndWrite(path, start, patches) },
				http.StatusOK, http.StatusPreconditionFailed, http.StatusConflict)
		}
		if got := k.version(k.get(path).Header.Get("ETag")); got != start+changes {
			k.t.Errorf("after %d changes the version %d became %d", changes, start, got)
		}
	}
	if won := k.compete(func() (Response, error) { return k.send(http.MethodDelete, path, nil, "") },
		http.StatusNoContent, http.StatusNotFound, http.StatusConflict); won != 1 {
		k.t.Errorf("%d of %d clients deleted one object", won, writers)
	}
	search := url.QueryEscape("source_id = '" + created.ID() + "'")
	events := k.get(api.V1Path + "/events?size=1&search=" + search).Object()["total"]
	if want := changes + 2; fmt.Sprint(events) != strconv.Itoa(want) {
		k.t.Errorf("%v events tell of it, want %d", events, want)
	}
}

// readAndWrite reads the object and makes of the one what the other patch says.
// Both in turns have been written since the version start.
func (k *trial) readAndWrite(path string, start int, patches [2][]byte) (Response, error) {
	seen, err := k.send(http.MethodGet, path, nil, "")
	if err != nil {
		return seen, err
	}
	etag := seen.Header.Get("ETag")
	return k.send(http.MethodPatch, path, patches[(k.version(etag)-start+1)&1], etag)
}

// compete makes all writers write at once and returns how many of them got the
// first status. Any other than these is reported.
func (k *trial) compete(write func() (Response, error), good int, refused ...int) (won int) {
	k.t.Helper()
	answers, errs := make([]Response, writers), make([]error, writers)
	var done sync.WaitGroup
	for i := range writers {
		done.Go(func() { answers[i], errs[i] = write() })
	}
	done.Wait()
	if err := errors.Join(errs...); err != nil {
		k.t.Fatal(err)
	}
	allowed := map[int]bool{}
	for _, status := range refused {
		allowed[status] = true
	}
	for _, answer := range answers {
		switch {
		case answer.Status == good:
			won++
		case !allowed[answer.Status]:
			k.t.Errorf("%s: got %d %s, want %d or one of %v", answer.what, answer.Status, answer.Body, good, refused)
		}
	}
	return won
}

// send is do for other goroutines than that of the test. The object has to have
// the ETag, if there is one.
func (k *trial) send(method, path string, body []byte, etag string) (Response, error) {
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.service.URL+path, bytes.NewReader(body))
	if err != nil {
		return Response{}, err
	}
	if body == nil {
		r.Body = http.NoBody
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if etag != "" {
		r.Header.Set("If-Match", etag)
	}
	answer, err := k.service.Client(k.t).Do(r)
	if err != nil {
		return Response{}, err
	}
	data, err := io.ReadAll(answer.Body)
	err = errors.Join(err, answer.Body.Close())
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: data, what: method + " " + path, t: k.t}, err
}

func (k *trial) marshal(body map[string]any) []byte {
	k.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		k.t.Fatal(err)
	}
	return data
}

// version is the number in an ETag, which grows by one with each change; -1 if
// there is none.
func (k *trial) version(etag string) int {
	n, err := strconv.Atoi(strings.Trim(etag, `"`))
	if err != nil {
		k.t.Errorf("the ETag %s has no version: %v", etag, err)
		return -1
	}
	return n
}
