package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// unknownID is the id of nothing.
const unknownID = "00000000-0000-7000-8000-000000000000"

// Resource is a kind as clients see it, and Check what all kinds promise them.
type Resource struct {
	Kind   string
	Path   string // below api.V1Path, in the plural
	Source string // of its events
	Fields []factories.Field
}

// Check runs through the routes of the kind, each on a service and a database
// of its own.
func (k Resource) Check(t *testing.T) {
	for name, check := range map[string]func(*testing.T, *Service){
		"Create":     k.checkCreate,
		"Get":        k.checkGet,
		"Patch":      k.checkPatch,
		"Delete":     k.checkDelete,
		"List":       k.checkList,
		"Paging":     k.checkPaging,
		"Validation": k.checkValidation,
		"Events":     k.checkEvents,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, Start(t))
		})
	}
}

func (k Resource) url(rest string) string { return api.V1Path + "/" + k.Path + rest }

func (k Resource) body(n int) map[string]any { return factories.Body(k.Fields, n) }

func (k Resource) create(t *testing.T, s *Service, n int) Response {
	t.Helper()
	return s.Do(t, http.MethodPost, k.url(""), k.body(n)).Want(http.StatusCreated)
}

// wantFields reports an object whose fields are not those of body; null is
// the same as left out.
func (k Resource) wantFields(t *testing.T, object, body map[string]any) {
	t.Helper()
	for _, field := range k.Fields {
		if !equalJSON(t, object[field.Name], body[field.Name]) {
			t.Errorf("%s: got %v, want %v", field.Name, object[field.Name], body[field.Name])
		}
	}
}

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

func (k Resource) checkCreate(t *testing.T, s *Service) {
	answer := k.create(t, s, 1)
	object, id := answer.Object(), answer.ID()
	k.wantFields(t, object, k.body(1))
	if object["kind"] != k.Kind || object["href"] != k.url("/"+id) || object["created_at"] != object["updated_at"] {
		t.Errorf("got %s", answer.Body)
	}
	if got := answer.Header.Get("Location"); got != k.url("/"+id) {
		t.Errorf("Location: got %q, want %q", got, k.url("/"+id))
	}
	if answer.Header.Get("ETag") == "" {
		t.Error("no ETag")
	}
	if stored := s.Do(t, http.MethodGet, k.url("/"+id), nil).Want(http.StatusOK); !bytes.Equal(stored.Body, answer.Body) {
		t.Errorf("created %s but read %s", answer.Body, stored.Body)
	}

	required := k.body(2)
	for _, field := range k.Fields {
		if !field.IsRequired {
			delete(required, field.Name)
		}
	}
	k.wantFields(t, s.Do(t, http.MethodPost, k.url(""), required).Want(http.StatusCreated).Object(), required)

	nulls := k.body(3)
	for _, field := range k.Fields {
		if !field.IsRequired {
			nulls[field.Name] = nil
		}
	}
	k.wantFields(t, s.Do(t, http.MethodPost, k.url(""), nulls).Want(http.StatusCreated).Object(), nulls)
}

func (k Resource) checkGet(t *testing.T, s *Service) {
	created := k.create(t, s, 1)
	path, etag := k.url("/"+created.ID()), created.Header.Get("ETag")
	if got := s.Do(t, http.MethodGet, path, nil).Want(http.StatusOK).Header.Get("ETag"); got != etag {
		t.Errorf("ETag: got %s, want %s", got, etag)
	}
	if body := s.Do(t, http.MethodGet, path, nil, "If-None-Match", etag).Want(http.StatusNotModified).Body; len(body) != 0 {
		t.Errorf("304 with the body %s", body)
	}
	s.Do(t, http.MethodGet, path, nil, "If-None-Match", `"0"`).Want(http.StatusOK)
	if body := s.Do(t, http.MethodHead, path, nil).Want(http.StatusOK).Body; len(body) != 0 {
		t.Errorf("HEAD with the body %s", body)
	}
	for _, id := range []string{unknownID, "1", "no-uuid", "%00", "a%20b"} {
		s.Do(t, http.MethodGet, k.url("/"+id), nil).WantError(apierror.NotFound)
	}
	answer := s.Do(t, http.MethodPut, path, k.body(1)).WantError(apierror.MethodNotAllowed)
	if allow := answer.Header.Get("Allow"); !strings.Contains(allow, http.MethodPatch) {
		t.Errorf("Allow: got %q, want PATCH in it", allow)
	}
}

func (k Resource) checkPatch(t *testing.T, s *Service) {
	created := k.create(t, s, 1)
	path := k.url("/" + created.ID())

	same := s.Do(t, http.MethodPatch, path, map[string]any{}).Want(http.StatusOK)
	if !bytes.Equal(same.Body, created.Body) || same.Header.Get("ETag") != created.Header.Get("ETag") {
		t.Errorf("an empty patch made %s of %s", same.Body, created.Body)
	}
	want := k.body(1)
	for _, field := range k.Fields {
		want[field.Name] = field.Sample(2)
		patch := map[string]any{field.Name: field.Sample(2)}
		k.wantFields(t, s.Do(t, http.MethodPatch, path, patch, "Content-Type", "application/merge-patch+json").Want(http.StatusOK).Object(), want)

		null := s.Do(t, http.MethodPatch, path, map[string]any{field.Name: nil})
		if field.IsRequired {
			null.WantError(apierror.Validation, field.Name)
			continue
		}
		want[field.Name] = nil
		k.wantFields(t, null.Want(http.StatusOK).Object(), want)
	}
	if len(k.Fields) > 0 {
		etag := created.Header.Get("ETag")
		s.Do(t, http.MethodPatch, path, k.body(1), "If-Match", etag).WantError(apierror.PreconditionFailed)
		etag = s.Do(t, http.MethodGet, path, nil).Header.Get("ETag")
		s.Do(t, http.MethodPatch, path, k.body(1), "If-Match", etag).Want(http.StatusOK)
	}
	s.Do(t, http.MethodPatch, k.url("/"+unknownID), map[string]any{}).WantError(apierror.NotFound)
	s.Do(t, http.MethodPatch, k.url("/no-uuid"), map[string]any{}).WantError(apierror.NotFound)
}

func (k Resource) checkDelete(t *testing.T, s *Service) {
	path := k.url("/" + k.create(t, s, 1).ID())
	s.Do(t, http.MethodDelete, path, nil, "If-Match", `"0"`).WantError(apierror.PreconditionFailed)
	if body := s.Do(t, http.MethodDelete, path, nil).Want(http.StatusNoContent).Body; len(body) != 0 {
		t.Errorf("204 with the body %s", body)
	}
	s.Do(t, http.MethodGet, path, nil).WantError(apierror.NotFound)
	s.Do(t, http.MethodDelete, path, nil).WantError(apierror.NotFound)
	s.Do(t, http.MethodDelete, k.url("/no-uuid"), nil).WantError(apierror.NotFound)
}

func (k Resource) checkList(t *testing.T, s *Service) {
	empty := s.Do(t, http.MethodGet, k.url(""), nil).Want(http.StatusOK)
	want := map[string]any{"kind": k.Kind + "List", "page": 1, "size": 0, "total": 0, "items": []any{}}
	if !equalJSON(t, empty.Object(), want) {
		t.Errorf("an empty list: got %s", empty.Body)
	}
	first, second := k.create(t, s, 1), k.create(t, s, 2)
	for query, ids := range map[string][]string{
		"":                              {first.ID(), second.ID()},
		"page=2":                        {},
		"size=1":                        {first.ID()},
		"page=2&size=1":                 {second.ID()},
		"orderBy=created_at+desc":       {second.ID(), first.ID()},
		"orderBy=id":                    {first.ID(), second.ID()},
		"search=id+%3D+'" + second.ID(): nil,
	} {
		answer := s.Do(t, http.MethodGet, k.url("?"+query), nil)
		if ids == nil {
			answer.WantError(apierror.Search)
			continue
		}
		if got := idsOf(answer.Want(http.StatusOK)); !reflect.DeepEqual(got, ids) {
			t.Errorf("%q: got %v, want %v", query, got, ids)
		}
	}
	for search, ids := range map[string][]string{
		"id = '" + second.ID() + "'":                             {second.ID()},
		"id in ('" + first.ID() + "','no-uuid')":                 {first.ID()},
		"not id = '" + first.ID() + "'":                          {second.ID()},
		"created_at > '2020-01-01' and id is not null":           {first.ID(), second.ID()},
		"created_at < '2020-01-01' or updated_at < '2020-01-01'": {},
	} {
		answer := s.Do(t, http.MethodGet, k.url("?search="+url.QueryEscape(search)), nil).Want(http.StatusOK)
		if got := idsOf(answer); !reflect.DeepEqual(got, ids) {
			t.Errorf("search %q: got %v, want %v", search, got, ids)
		}
	}
	for _, field := range k.Fields {
		got := s.Do(t, http.MethodGet, k.url("?fields="+field.Name), nil).Want(http.StatusOK).Items()[0]
		if want := map[string]any{"id": first.ID(), field.Name: field.Sample(1)}; !equalJSON(t, got, want) {
			t.Errorf("fields=%s: got %v, want %v", field.Name, got, want)
		}
		s.Do(t, http.MethodGet, k.url("?orderBy="+field.Name+"+desc"), nil).Want(http.StatusOK)
		s.Do(t, http.MethodGet, k.url("?search="+field.Name+"+is+null"), nil).Want(http.StatusOK)
	}
	for query, code := range map[string]apierror.Code{
		"page=0":                  apierror.BadRequest,
		"size=x":                  apierror.BadRequest,
		"fields=nothing":          apierror.BadRequest,
		"orderBy=nothing":         apierror.BadRequest,
		"orderBy=id%3Bselect+1":   apierror.BadRequest,
		"after=nonsense":          apierror.BadRequest,
		"search=nothing+%3D+'x'":  apierror.Search,
		"search=id+%3D":           apierror.Search,
		"search=row_version+%3D1": apierror.Search,
	} {
		s.Do(t, http.MethodGet, k.url("?"+query), nil).WantError(code)
	}
}

func idsOf(answer Response) []string {
	ids := []string{}
	for _, item := range answer.Items() {
		ids = append(ids, fmt.Sprint(item["id"]))
	}
	return ids
}

// checkPaging reads all objects in pages, by number and by cursor, in each
// order that the fields allow: every one is met exactly once.
func (k Resource) checkPaging(t *testing.T, s *Service) {
	const objects, size = 7, 3
	for range objects {
		k.create(t, s, 1) // equal but for id and times, so that every order has ties
	}
	orders := []string{"", "created_at desc", "id"}
	for _, field := range k.Fields {
		orders = append(orders, field.Name, field.Name+" desc")
	}
	for _, order := range orders {
		query := fmt.Sprintf("?size=%d&orderBy=%s", size, url.QueryEscape(order))
		byNumber, byCursor := map[string]int{}, map[string]int{}
		for page := 1; page <= (objects+size-1)/size; page++ {
			for _, id := range idsOf(s.Do(t, http.MethodGet, k.url(fmt.Sprintf("%s&page=%d", query, page)), nil).Want(http.StatusOK)) {
				byNumber[id]++
			}
		}
		for after, more := "", true; more; {
			answer := s.Do(t, http.MethodGet, k.url(query+after), nil).Want(http.StatusOK)
			for _, id := range idsOf(answer) {
				byCursor[id]++
			}
			var next string
			next, more = answer.Object()["next"].(string)
			after = "&after=" + url.QueryEscape(next)
		}
		for how, met := range map[string]map[string]int{"page": byNumber, "after": byCursor} {
			if len(met) != objects {
				t.Errorf("orderBy=%q: %s met %d objects, want %d", order, how, len(met), objects)
			}
			for id, times := range met {
				if times != 1 {
					t.Errorf("orderBy=%q: %s met %s %d times", order, how, id, times)
				}
			}
		}
	}
}

func (k Resource) checkValidation(t *testing.T, s *Service) {
	path := k.url("/" + k.create(t, s, 1).ID())
	refuse := func(body any, code apierror.Code, parts ...string) {
		t.Helper()
		s.Do(t, http.MethodPost, k.url(""), body).WantError(code, parts...)
		s.Do(t, http.MethodPatch, path, body).WantError(code, parts...)
	}
	with := func(name string, value any) map[string]any {
		body := maps.Clone(k.body(2))
		body[name] = value
		return body
	}
	for _, field := range k.Fields {
		for _, wrong := range field.Wrong() {
			refuse(with(field.Name, wrong), apierror.Validation, field.Name)
		}
		if field.IsRequired {
			refuse(with(field.Name, nil), apierror.Validation, field.Name)
			missing := k.body(2)
			delete(missing, field.Name)
			s.Do(t, http.MethodPost, k.url(""), missing).WantError(apierror.Validation, field.Name)
		}
	}
	refuse(with("no_such_field", 1), apierror.Validation, "no_such_field")
	for _, name := range []string{"id", "kind", "href", "created_at", "updated_at"} {
		refuse(with(name, "x"), apierror.Validation, name)
	}
	for _, body := range []string{"", "{", "[]", "null", "{} {}", `{"a":1,"a":2}`} {
		refuse(body, apierror.Malformed)
	}
	s.Do(t, http.MethodPost, k.url(""), k.body(2), "Content-Type", "text/plain").WantError(apierror.UnsupportedMediaType)
	huge := `{"x":"` + strings.Repeat("x", MaxBodyBytes) + `"}`
	refuse(huge, apierror.TooLarge)
	if total := s.Do(t, http.MethodGet, k.url(""), nil).Object()["total"]; fmt.Sprint(total) != "1" {
		t.Errorf("%v objects are stored, want 1", total)
	}
}

// checkEvents changes an object and finds one event for each change, handled.
func (k Resource) checkEvents(t *testing.T, s *Service) {
	id := k.create(t, s, 1).ID()
	want := []string{"Create"}
	s.Do(t, http.MethodPatch, k.url("/"+id), map[string]any{}).Want(http.StatusOK)
	if len(k.Fields) > 0 {
		s.Do(t, http.MethodPatch, k.url("/"+id), k.body(2)).Want(http.StatusOK)
		want = append(want, "Update")
	}
	s.Do(t, http.MethodDelete, k.url("/"+id), nil).Want(http.StatusNoContent)
	want = append(want, "Delete")

	var got []string
	for _, event := range s.HandledEvents(t, id, len(want)) {
		if event["source"] != k.Source || event["kind"] != "Event" {
			t.Errorf("got the event %v, want one of %s", event, k.Source)
		}
		got = append(got, fmt.Sprint(event["event_type"]))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("events: got %v, want %v", got, want)
	}
}
