package attack

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// injections are texts that mean something to PostgreSQL, to what stands before
// it, or to nobody.
func injections(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/injections.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	return append(lines, "", " ", "\x00", "'\x00", "a\x00' OR 1=1 --", "\n", "'\n--", "\r\n\r\n", "\t'", "\x1a", "\x7f",
		"\xff", "\xbf'", "\xc0\xa7", "\xed\xa0\x80", "\ufeff", "\u202e'", strings.Repeat("'", 1001), strings.Repeat("(", 1000))
}

// Whatever is put where a text can stand, PostgreSQL is not told to do it: it has
// no error, and it has afterwards what it had before.
func TestInjection(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	objects, texts := a.seed(t), injections(t)
	before := a.inventory(t)
	// All at once, since a stream that is to begin at an event to come is only
	// refused after a while.
	var streams sync.WaitGroup
	var aims []*injection
	for _, r := range a.resources {
		aims = append(aims, &injection{a, r, r.objectPath(objects), a.cursors(t, r), &streams})
	}
	spread(len(aims)*len(texts), func(n int) {
		i, text := aims[n/len(texts)], texts[n%len(texts)]
		i.query(t, text)
		i.path(t, text)
		i.header(t, text)
		i.body(t, text)
	})
	streams.Wait()
	if after := a.inventory(t); after != before {
		t.Errorf("the database has become another: it has\n%s\nbut had\n%s", after, before)
	}
	for _, path := range objects {
		if got := a.fire(t, shot{http.MethodGet, path, nil, nil}); got.status != http.StatusOK {
			t.Errorf("%s: got %d, want the object to be there still", path, got.status)
		}
	}
}

// inventory says what a database has but for its rows.
func (a *target) inventory(t testing.TB) string {
	t.Helper()
	var names []string
	err := a.Env.Database.Sessions.New(t.Context()).Raw(`
		SELECT 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
			WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
		UNION ALL SELECT 'routine ' || routine_name FROM information_schema.routines WHERE routine_schema = 'public'
		UNION ALL SELECT 'role ' || rolname || ' ' || rolsuper FROM pg_roles
		UNION ALL SELECT 'grant ' || grantee || ' ' || table_name || ' ' || privilege_type FROM information_schema.role_table_grants
			WHERE table_schema = 'public'
		ORDER BY 1`).Scan(&names).Error
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, "\n")
}

// cursors returns a cursor of r for each of some orders, if there are objects
// enough for one.
func (a *target) cursors(t testing.TB, r resource) map[string]string {
	t.Helper()
	found := map[string]string{}
	orders := append([]string{"created_at"}, r.texts()...)
	for _, order := range orders[:min(len(orders), 2)] { // one text is like the others
		var page struct{ Next string }
		got := a.fire(t, shot{http.MethodGet, query(r.path, "orderBy", order) + "&size=1", nil, nil})
		if err := json.Unmarshal(got.body, &page); err == nil && page.Next != "" {
			found[order] = page.Next
		}
	}
	return found
}

// injection aims at one collection.
type injection struct {
	*target
	resource

	object  string // the path of one
	cursors map[string]string
	streams *sync.WaitGroup // of requests that nobody waits for meanwhile
}

// want reports an answer that has another status.
func (i *injection) want(t testing.TB, s shot, statuses ...int) answer {
	t.Helper()
	got := i.fire(t, s)
	if got.status < http.StatusInternalServerError && !slices.Contains(statuses, got.status) {
		t.Errorf("%v: got %d %.300s, want one of %v", s, got.status, got.body, statuses)
	}
	return got
}

func (i *injection) query(t testing.TB, text string) {
	get := func(name, value string) answer {
		// A client whose event is gone is told so.
		return i.want(t, shot{http.MethodGet, query(i.resource.path, name, value), nil, nil}, http.StatusOK, http.StatusBadRequest, http.StatusGone)
	}
	const few = "size=1&" // objects, where the text leads to some
	for _, p := range i.list.Parameters {
		switch name := p.Value.Name; {
		case p.Value.In != openapi3.ParameterInQuery:
		case name == "size", name == "watch": // goes with no size
			get(name, text)
		default:
			get(few+name, text)
		}
	}
	get(few+"unheard", text)
	i.streams.Go(func() { get("watch=true&lastEventId", text) })
	get("orderBy", "created_at "+text)
	get("fields", "id,"+text)
	get("search", "id = '"+text+"'")
	i.search(t, text)
	for order, cursor := range i.cursors {
		for _, forged := range forge(t, cursor, text) {
			get("orderBy="+order+"&after", forged)
		}
	}
}

// search asks for the text as one should, in each field that holds texts: it is
// found only where it is.
func (i *injection) search(t testing.TB, text string) {
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	search := "id = " + quoted
	for _, name := range i.texts() {
		search += " or " + name + " = " + quoted
	}
	got := i.fire(t, shot{http.MethodGet, query(i.resource.path, "search", search), nil, nil})
	var page struct{ Items []map[string]any }
	if err := json.Unmarshal(got.body, &page); err != nil {
		t.Errorf("search %q: %v", search, err)
	}
	for _, item := range page.Items {
		if !slices.ContainsFunc(i.texts(), func(name string) bool { return item[name] == text }) {
			t.Errorf("search %q found %v", search, item)
		}
	}
	for _, name := range i.texts() {
		i.want(t, shot{http.MethodGet, query(i.resource.path, "search", name+" like "+quoted+" or "+name+" not ilike "+quoted), nil, nil},
			http.StatusOK, http.StatusBadRequest)
		break // one column is like the other
	}
}

// forge returns cursors in which the text stands in place of one of the texts.
func forge(t testing.TB, cursor, text string) []string {
	data, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	var forged []string
	parts := strings.Split(string(data), `"`)
	for n := 1; n < len(parts); n += 2 { // what stands between quotes
		changed := slices.Clone(parts)
		changed[n] = string(quoted[1 : len(quoted)-1])
		forged = append(forged, base64.RawURLEncoding.EncodeToString([]byte(strings.Join(changed, `"`))))
	}
	return forged
}

func (i *injection) path(t testing.TB, text string) {
	path := i.resource.path + "/" + url.PathEscape(text)
	i.want(t, shot{http.MethodGet, path, nil, nil}, http.StatusNotFound)
	if i.patch != nil {
		i.want(t, shot{http.MethodDelete, path, nil, nil}, http.StatusNotFound, http.StatusMethodNotAllowed)
	}
}

// headers are those that the service or what it is made of might read.
var headers = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Forwarded", "From", "If-Modified-Since", "If-None-Match",
	"Idempotency-Key", "Last-Event-Id", "Origin", "Range", "Referer", "Traceparent", "Tracestate", "Baggage", "User-Agent",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Http-Method-Override", "X-Operation-Id", "X-Original-Url", "X-Request-Id",
}

func (i *injection) header(t testing.TB, text string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return // no client can send it
	}
	all := http.Header{}
	for _, name := range headers {
		all.Set(name, text)
	}
	i.want(t, shot{http.MethodGet, i.resource.path + "?size=1", all, nil}, http.StatusOK)
	all.Set("Content-Type", "application/json")
	if i.create != nil {
		body := marshal(t, sampler{newRand(1, 3), nil}.required(i.create))
		i.want(t, shot{http.MethodPost, i.resource.path, all, body}, http.StatusCreated, http.StatusBadRequest, http.StatusConflict)
	}
	if i.patch != nil && text != "*" {
		all.Set("If-Match", text)
		i.want(t, shot{http.MethodPatch, i.object, all, []byte("{}")},
			http.StatusBadRequest, http.StatusNotFound, http.StatusPreconditionFailed)
	}
}

// body puts the text into bodies: as each of the values, and as a name.
func (i *injection) body(t testing.TB, text string) {
	if i.create == nil {
		return
	}
	known := properties(i.create)
	everywhere, texts := map[string]any{}, sampler{newRand(1, 3), nil}.required(i.create)
	for name := range known {
		everywhere[name] = text
	}
	for _, name := range i.texts() {
		if known[name] != nil {
			texts[name] = text
		}
	}
	for _, body := range []any{everywhere, texts, map[string]any{text: text}} {
		i.want(t, shot{http.MethodPost, i.resource.path, jsonHeader(), marshal(t, body)},
			http.StatusCreated, http.StatusBadRequest, http.StatusConflict)
	}
	i.change(t, text)
}

// change gives fields of the object the text, which has to be answered as it is.
func (i *injection) change(t testing.TB, text string) {
	if i.patch == nil {
		return
	}
	changes := map[string]any{}
	for name := range properties(i.patch) {
		if slices.Contains(i.texts(), name) {
			changes[name] = text
		}
	}
	got := i.want(t, shot{http.MethodPatch, i.object, jsonHeader(), marshal(t, changes)},
		http.StatusOK, http.StatusBadRequest, http.StatusNotFound, http.StatusConflict)
	var object map[string]any
	if err := json.Unmarshal(got.body, &object); err != nil {
		t.Errorf("%q in all fields: %v", text, err)
	}
	for name := range changes {
		if got.status == http.StatusOK && object[name] != string([]rune(text)) {
			t.Errorf("%s = %q is answered as %q", name, text, object[name])
		}
	}
}

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
