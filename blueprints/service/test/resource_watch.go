package test

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// checkWatch watches an object come, change and go, and then again from each
// place in between.
func (k *trial) checkWatch() {
	t := k.t
	first, second := k.patch(k.body(1)), k.patch(k.body(2))
	stream := k.service.Watch(t, k.Path, "")
	if got := stream.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type: got %q", got)
	}
	// What is referred to may be of the same kind, and be told of as well.
	begin := stream.ID
	id := k.create(1).ID()
	changes := []Told{k.next(stream, id)}
	stored := k.get(k.url("/" + id)).Object()
	if !k.same(changes[0].Object, stored) {
		t.Errorf("the new object: got %.500s, want %.500v", changes[0].Data, stored)
	}
	want := []string{"Create"}
	k.do(http.MethodPatch, k.url("/"+id), map[string]any{}).Want(http.StatusOK)
	if !k.same(first, second) {
		changed := k.do(http.MethodPatch, k.url("/"+id), second).Want(http.StatusOK).Object()
		changes, want = append(changes, k.next(stream, id)), append(want, "Update")
		if got := changes[1]; !k.same(got.Object, changed) {
			t.Errorf("the changed object: got %.500s, want %.500v", got.Data, changed)
		}
	}
	k.do(http.MethodDelete, k.url("/"+id), nil).Want(http.StatusNoContent)
	changes, want = append(changes, k.next(stream, id)), append(want, "Delete")
	if got := changes[len(changes)-1]; got.Object != nil {
		t.Errorf("the object that is gone: got %.500s", got.Data)
	}
	var types []string
	for _, change := range changes {
		types = append(types, change.Type)
		k.wantSchema(change)
	}
	if !reflect.DeepEqual(types, want) {
		t.Errorf("got the changes %v, want %v", types, want)
	}
	for seen := range len(changes) {
		after := begin
		if seen > 0 {
			after = changes[seen-1].ID
		}
		again := k.service.Watch(t, k.Path, after)
		for _, change := range changes[seen:] {
			if got := k.next(again, id); got.ID != change.ID || !k.same(got.Event, change.Event) {
				t.Errorf("after %q: got %s, want %s", after, got.Data, change.Data)
			}
		}
		again.Close()
	}
	stream.Close()
	k.checkWatchRefused()
}

// next waits for the next change of the object.
func (k *trial) next(stream *Stream, id string) Told {
	k.t.Helper()
	for {
		if change := stream.Next(1)[0]; change.Event["source_id"] == id {
			return change
		}
	}
}

// wantSchema reports a message that is not as the OpenAPI document has it.
func (k *trial) wantSchema(change Told) {
	k.t.Helper()
	if err := k.service.Contract(k.t).CheckMessage(k.Kind, change.Data); err != nil {
		k.t.Errorf("a message is against the contract: %v", err)
	}
	if change.Event["source"] != k.Source || change.Event["event_type"] != change.Type {
		k.t.Errorf("got %.500s, want an event of %s", change.Data, k.Source)
	}
	if !json.Valid(change.Data) {
		k.t.Errorf("%.500s is not on one line", change.Data)
	}
}

func (k *trial) checkWatchRefused() {
	for query, parts := range map[string][]string{
		"watch=true&search=id+is+null&page=1": {"search", "page"},
		"watch=true&fields=id&orderBy=id":     {"fields", "orderBy"},
		"watch=true&size=1&after=x":           {"size", "after"},
		"watch=true&lastEventId=nonsense":     {"Last-Event-ID"},
		"watch=1":                             {"watch"},
		"watch=true&watch=true":               {"once"},
	} {
		k.do(http.MethodGet, k.url("?"+query), nil).WantError(apierror.BadRequest, parts...)
	}
	k.do(http.MethodGet, k.url("?watch=true"), nil, "Last-Event-ID", "-1").WantError(apierror.BadRequest)
	k.do(http.MethodHead, k.url("?watch=true"), nil).Want(http.StatusBadRequest)
	k.get(k.url("?watch=false"))
	k.do(http.MethodGet, api.V1Path+"/events?watch=true", nil).WantError(apierror.BadRequest, "no streams")
}
