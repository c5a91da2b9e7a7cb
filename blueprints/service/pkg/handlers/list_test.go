package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

func get(query string) *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/", RawQuery: query}}
}

func TestQueryThatIsRead(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]dao.Query{
		"":                                      {Page: 1, Size: defaultPageSize},
		"page=3&size=1000":                      {Page: 3, Size: 1000},
		"page=2147483647":                       {Page: 2147483647, Size: defaultPageSize},
		"after=x&size=5":                        {Page: 1, Size: 5, After: "x"},
		"search=a%3D1&orderBy=a+desc&unknown=1": {Page: 1, Size: defaultPageSize, Search: "a=1", OrderBy: "a desc"},
	} {
		got, err := parseQuery(get(query))
		if err != nil {
			t.Errorf("%q: %v", query, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}

func TestQueryThatIsRefused(t *testing.T) {
	t.Parallel()
	for query, reason := range map[string]string{
		"page=0":                 "page",
		"page=-1":                "page",
		"page=x":                 "page",
		"page=":                  "page",
		"page=1.5":               "page",
		"page=99999999999999999": "page",
		"size=0":                 "size",
		"size=1001":              "size",
		"page=1&page=2":          "more than once",
		"search=%00":             "NUL",
		"page=2&after=x":         "exclude",
		"page=%zz":               "invalid URL escape",
		"fields=" + strings.Repeat("id,", maxNames/3+1): "fields is longer than 8192 bytes",
		"orderBy=" + strings.Repeat("x", maxNames+1):    "orderBy is longer than 8192 bytes",
		"page=x&size=x": "size",
		"watch=yes":     "true or false",
		"watch=true":    "no streams", // a list that has some never gets here
	} {
		_, err := parseQuery(get(query))
		if err == nil {
			t.Errorf("%q was read", query)
			continue
		}
		if e := apierror.From(err); e.Code != apierror.BadRequest || !strings.Contains(e.Reason, reason) {
			t.Errorf("%q: got code %d, %q; want code %d and %q in it", query, e.Code, e.Reason, apierror.BadRequest, reason)
		}
	}
}

type item struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size,omitempty"`
}

func answerJSON(t *testing.T, query string, page dao.Page[item]) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	Handle(func(r *http.Request) (Answer, error) {
		find := func(context.Context, dao.Query) (dao.Page[item], error) { return page, nil }
		return listAnswer(r, "Item", find, func(i *item) item { return *i })
	})(recorder, get(query))
	return strings.TrimSpace(recorder.Body.String())
}

func TestListAnswer(t *testing.T) {
	t.Parallel()
	page := dao.Page[item]{Page: 2, Total: 7, Next: "n", Items: []item{{"1", "a", 5}, {"2", "b", 0}}}
	for query, want := range map[string]string{
		"":                       `{"kind":"ItemList","page":2,"size":2,"total":7,"next":"n","items":[{"id":"1","name":"a","size":5},{"id":"2","name":"b"}]}`,
		"fields=size":            `{"kind":"ItemList","page":2,"size":2,"total":7,"next":"n","items":[{"id":"1","size":5},{"id":"2"}]}`,
		"fields=id,name,id,name": `{"kind":"ItemList","page":2,"size":2,"total":7,"next":"n","items":[{"id":"1","name":"a"},{"id":"2","name":"b"}]}`,
		"fields=id,+name":        `{"kind":"ItemList","page":2,"size":2,"total":7,"next":"n","items":[{"id":"1","name":"a"},{"id":"2","name":"b"}]}`,
		"fields=id,nothing":      `there is no field \"nothing\"`,
	} {
		if got := answerJSON(t, query, page); got != want && !strings.Contains(got, want) {
			t.Errorf("%q: got %s, want %s", query, got, want)
		}
	}
}

func TestListThatIsRefusedIsNotLookedFor(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"page=0", "fields=nothing", "fields=,"} {
		find := func(context.Context, dao.Query) (dao.Page[item], error) {
			t.Errorf("%q: the objects are looked for", query)
			return dao.Page[item]{}, nil
		}
		_, err := listAnswer(get(query), "Item", find, func(i *item) item { return *i })
		if code := apierror.From(err).Code; err == nil || code != apierror.BadRequest {
			t.Errorf("%q: got %v, want code %d", query, err, apierror.BadRequest)
		}
	}
}

// Nobody has been asked here, so that nothing related may be looked at.
func TestListAsksWhetherWhatIsRelatedMayBeListed(t *testing.T) {
	t.Parallel()
	find := func(_ context.Context, query dao.Query) (dao.Page[item], error) {
		return dao.Page[item]{}, query.Related("owners")
	}
	_, err := listAnswer(get("search=x"), "Item", find, func(i *item) item { return *i })
	if err == nil || apierror.From(err).Code != apierror.Unavailable {
		t.Errorf("got %v, want code %d", err, apierror.Unavailable)
	}
}

func TestEmptyListHasItems(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "fields=name"} {
		var body map[string]json.RawMessage
		if err := json.Unmarshal([]byte(answerJSON(t, query, dao.Page[item]{Page: 1})), &body); err != nil {
			t.Fatal(err)
		}
		if got := string(body["items"]); got != "[]" {
			t.Errorf("%q: items are %s, want []", query, got)
		}
	}
}
