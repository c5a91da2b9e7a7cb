package test

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	spec "github.com/trexgen/trexgen/blueprints/service/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

func (k *trial) checkCreate() {
	t := k.t
	answer := k.create(1)
	object, id := answer.Object(), answer.ID()
	k.wantFields(object, k.body(1))
	if object["kind"] != k.Kind || object["href"] != k.url("/"+id) || object["created_at"] != object["updated_at"] {
		t.Errorf("got %s", answer.Body)
	}
	if got := answer.Header.Get("Location"); got != k.url("/"+id) {
		t.Errorf("Location: got %q, want %q", got, k.url("/"+id))
	}
	if answer.Header.Get("ETag") == "" {
		t.Error("no ETag")
	}
	k.wantStored(answer)

	required, nulls := k.body(2), k.body(3)
	for _, field := range k.Fields {
		if _, hasDefault := field.LeftOut(); !field.IsRequired || hasDefault {
			delete(required, field.Name)
		}
		if !field.IsRequired {
			nulls[field.Name] = nil
		}
	}
	k.wantFields(k.post(required).Want(http.StatusCreated).Object(), required)
	k.wantFields(k.post(nulls).Want(http.StatusCreated).Object(), nulls)
}

func (k *trial) checkGet() {
	t := k.t
	created := k.create(1)
	path, etag := k.url("/"+created.ID()), created.Header.Get("ETag")
	if got := k.get(path).Header.Get("ETag"); got != etag {
		t.Errorf("ETag: got %s, want %s", got, etag)
	}
	if body := k.do(http.MethodGet, path, nil, "If-None-Match", etag).Want(http.StatusNotModified).Body; len(body) != 0 {
		t.Errorf("304 with the body %s", body)
	}
	for _, tags := range []string{"*", `W/` + etag, `"0", ` + etag, ` , "a,b",` + etag + `, `} {
		k.do(http.MethodGet, path, nil, "If-None-Match", tags).Want(http.StatusNotModified)
	}
	for _, tags := range []string{`"0"`, "0", `"`, `"0", *`, `",` + strings.Trim(etag, `"`) + `,"`} {
		k.do(http.MethodGet, path, nil, "If-None-Match", tags).Want(http.StatusOK)
	}
	if body := k.do(http.MethodHead, path, nil).Want(http.StatusOK).Body; len(body) != 0 {
		t.Errorf("HEAD with the body %s", body)
	}
	for _, id := range []string{unknownID, "1", "no-uuid", "%00", "a%20b"} {
		k.do(http.MethodGet, k.url("/"+id), nil).WantError(apierror.NotFound)
	}
	answer := k.do(http.MethodPut, path, k.body(1)).WantError(apierror.MethodNotAllowed)
	if allow := answer.Header.Get("Allow"); !strings.Contains(allow, http.MethodPatch) {
		t.Errorf("Allow: got %q, want PATCH in it", allow)
	}
}

func (k *trial) checkPatch() {
	t := k.t
	created := k.create(1)
	path := k.url("/" + created.ID())

	for _, patch := range []map[string]any{{}, k.patch(k.body(1))} {
		same := k.do(http.MethodPatch, path, patch).Want(http.StatusOK)
		if !bytes.Equal(same.Body, created.Body) || same.Header.Get("ETag") != created.Header.Get("ETag") {
			t.Errorf("a patch that changes nothing made %s of %s", same.Body, created.Body)
		}
	}
	want, next := k.body(1), k.body(2)
	for _, field := range k.Fields {
		patch := map[string]any{field.Name: next[field.Name]}
		answer := k.do(http.MethodPatch, path, patch, "Content-Type", "application/merge-patch+json")
		null := k.do(http.MethodPatch, path, map[string]any{field.Name: nil})
		if field.IsImmutable {
			answer.WantError(apierror.Validation, field.Name+" may not be changed")
			null.WantError(apierror.Validation, field.Name+" may not be changed")
			continue
		}
		want[field.Name] = next[field.Name]
		k.wantFields(answer.Want(http.StatusOK).Object(), want)
		if field.IsRequired {
			null.WantError(apierror.Validation, field.Name)
			continue
		}
		want[field.Name] = nil
		k.wantFields(null.Want(http.StatusOK).Object(), want)
	}
	etag := k.get(path).Header.Get("ETag")
	if len(k.Fields) > 0 {
		patch := k.patch(k.body(1))
		k.do(http.MethodPatch, path, patch, "If-Match", `"0"`).WantError(apierror.PreconditionFailed)
		etag = k.do(http.MethodPatch, path, patch, "If-Match", etag).Want(http.StatusOK).Header.Get("ETag")
	}
	for _, broken := range []string{"", "0", `"`, `"0" x`, etag + ", *", "*, *"} {
		k.do(http.MethodPatch, path, map[string]any{}, "If-Match", broken).WantError(apierror.BadRequest, "If-Match")
	}
	k.do(http.MethodPatch, path, map[string]any{}, "If-None-Match", "*").WantError(apierror.PreconditionFailed)
	for _, tags := range []string{"*", `"0", ` + etag} {
		k.do(http.MethodPatch, path, map[string]any{}, "If-Match", tags).Want(http.StatusOK)
	}
	k.do(http.MethodPatch, k.url("/"+unknownID), map[string]any{}, "If-Match", "*").WantError(apierror.NotFound)
	k.do(http.MethodDelete, k.url("/"+unknownID), nil, "If-Match", "*").WantError(apierror.NotFound)
	k.do(http.MethodPatch, k.url("/"+unknownID), map[string]any{}).WantError(apierror.NotFound)
	k.do(http.MethodPatch, k.url("/no-uuid"), map[string]any{}).WantError(apierror.NotFound)
}

func (k *trial) checkDelete() {
	path := k.url("/" + k.create(1).ID())
	k.do(http.MethodDelete, path, nil, "If-Match", `"0"`).WantError(apierror.PreconditionFailed)
	if body := k.do(http.MethodDelete, path, nil).Want(http.StatusNoContent).Body; len(body) != 0 {
		k.t.Errorf("204 with the body %s", body)
	}
	k.do(http.MethodGet, path, nil).WantError(apierror.NotFound)
	k.do(http.MethodDelete, path, nil).WantError(apierror.NotFound)
	k.do(http.MethodDelete, k.url("/no-uuid"), nil).WantError(apierror.NotFound)
}

// checkEvents changes an object and finds one event for each change, handled.
func (k *trial) checkEvents() {
	first, second := k.patch(k.body(1)), k.patch(k.body(2))
	id := k.create(1).ID()
	want := []string{"Create"}
	k.do(http.MethodPatch, k.url("/"+id), map[string]any{}).Want(http.StatusOK)
	k.do(http.MethodPatch, k.url("/"+id), first).Want(http.StatusOK)
	if !k.same(first, second) {
		k.do(http.MethodPatch, k.url("/"+id), second).Want(http.StatusOK)
		want = append(want, "Update")
	}
	k.do(http.MethodDelete, k.url("/"+id), nil).Want(http.StatusNoContent)
	want = append(want, "Delete")

	var got []string
	for _, event := range k.service.HandledEvents(k.t, id, len(want)) {
		if event["source"] != k.Source || event["kind"] != "Event" {
			k.t.Errorf("got the event %v, want one of %s", event, k.Source)
		}
		got = append(got, fmt.Sprint(event["event_type"]))
	}
	if !reflect.DeepEqual(got, want) {
		k.t.Errorf("events: got %v, want %v", got, want)
	}
	k.wantAudited(id, want)
	// Whoever is told of the events has to find the object by its source.
	if path, known := spec.PathOf(k.Source); !known || path != k.url("") {
		k.t.Errorf("the path of %s is %q, want %q", k.Source, path, k.url(""))
	}
}
