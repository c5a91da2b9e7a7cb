package test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// two stores the first two objects and returns them.
func (k *trial) two() (first, second Response) {
	k.t.Helper()
	return k.post(k.plain(1)).Want(http.StatusCreated), k.post(k.plain(2)).Want(http.StatusCreated)
}

func (k *trial) checkList() {
	t := k.t
	empty := k.get(k.url(""))
	want := map[string]any{"kind": k.Kind + "List", "page": 1, "size": 0, "total": 0, "items": []any{}}
	if !k.same(empty.Object(), want) {
		t.Errorf("an empty list: got %s", empty.Body)
	}
	first, second := k.two()
	for query, ids := range map[string][]string{
		"":                        {first.ID(), second.ID()},
		"page=2":                  {},
		"size=1":                  {first.ID()},
		"page=2&size=1":           {second.ID()},
		"orderBy=created_at+desc": {second.ID(), first.ID()},
		"orderBy=id":              {first.ID(), second.ID()},
	} {
		if got := idsOf(k.get(k.url("?" + query))); !reflect.DeepEqual(got, ids) {
			t.Errorf("%q: got %v, want %v", query, got, ids)
		}
	}
	body := k.plain(1)
	for _, field := range k.Fields {
		want := map[string]any{"id": first.ID()}
		if value, there := body[field.Name]; there {
			want[field.Name] = field.Answer(value)
		}
		if got := k.get(k.url("?fields=" + field.Name)).Items()[0]; !k.same(got, want) {
			t.Errorf("fields=%s: got %v, want %v", field.Name, got, want)
		}
	}
	for query, code := range map[string]apierror.Code{
		"page=0":                       apierror.BadRequest,
		"size=x":                       apierror.BadRequest,
		"fields=nothing":               apierror.BadRequest,
		"orderBy=nothing":              apierror.BadRequest,
		"orderBy=id%3Bselect+1":        apierror.BadRequest,
		"after=nonsense":               apierror.BadRequest,
		"search=nothing+%3D+'x'":       apierror.Search,
		"search=id+%3D":                apierror.Search,
		"search=id+%3D+'" + first.ID(): apierror.Search,
		"search=row_version+%3D1":      apierror.Search,
	} {
		k.do(http.MethodGet, k.url("?"+query), nil).WantError(code)
	}
}

// find returns the ids of what search finds.
func (k *trial) find(search string) []string {
	k.t.Helper()
	return idsOf(k.get(k.url("?search=" + url.QueryEscape(search))))
}

func (k *trial) checkSearch() {
	t := k.t
	first, second := k.two()
	for search, ids := range map[string][]string{
		"id = '" + second.ID() + "'":                             {second.ID()},
		"id in ('" + first.ID() + "','no-uuid')":                 {first.ID()},
		"not id = '" + first.ID() + "'":                          {second.ID()},
		"created_at > '2020-01-01' and id is not null":           {first.ID(), second.ID()},
		"created_at < '2020-01-01' or updated_at < '2020-01-01'": {},
	} {
		if got := k.find(search); !reflect.DeepEqual(got, ids) {
			t.Errorf("search %q: got %v, want %v", search, got, ids)
		}
	}
	body := k.plain(1)
	for _, field := range k.Fields {
		value, there := body[field.Name]
		null := map[bool]string{true: " is not null", false: " is null"}[there]
		if got := k.find(field.Name + null); len(got) != 2 {
			t.Errorf("search %s%s: got %v, want both objects", field.Name, null, got)
		}
		if !field.IsOrdered() {
			k.do(http.MethodGet, k.url("?search="+field.Name+"+%3D+'x'"), nil).WantError(apierror.Search, field.Name)
			k.do(http.MethodGet, k.url("?orderBy="+field.Name), nil).WantError(apierror.BadRequest, field.Name)
			continue
		}
		k.get(k.url("?orderBy=" + field.Name + "+desc"))
		if !there {
			continue
		}
		search := fmt.Sprintf("%[1]s = %[2]s and %[1]s in (%[2]s) and not %[1]s != %[2]s", field.Name, field.Literal(value))
		if got := k.find(search); !slices.Contains(got, first.ID()) {
			t.Errorf("search %q: got %v, want %s in it", search, got, first.ID())
		}
	}
}

func idsOf(answer Response) []string {
	ids := []string{}
	for _, item := range answer.Items() {
		ids = append(ids, fmt.Sprint(item["id"]))
	}
	return ids
}

// checkPaging reads all objects in pages, in each order that the fields allow:
// every one is met exactly once. The objects are equal or null wherever they may
// be, so that every order has ties.
func (k *trial) checkPaging() {
	const objects = 7
	for n := range objects {
		body, varied := k.plain(1), k.plain(1+n)
		for _, field := range k.Fields {
			if value, there := varied[field.Name]; there && field.IsUnique {
				body[field.Name] = value
			}
			if !field.IsRequired && n%2 == 1 {
				body[field.Name] = nil
			}
		}
		k.post(body).Want(http.StatusCreated)
	}
	orders := []string{"", "created_at desc", "id"}
	for _, field := range k.Fields {
		if field.IsOrdered() {
			orders = append(orders, field.Name, field.Name+" desc")
		}
		if field.Target != nil {
			orders = append(orders, alias(field)+".created_at", alias(field)+".created_at desc")
		}
	}
	for _, order := range orders {
		query := k.url("?orderBy=" + url.QueryEscape(order))
		all := idsOf(k.get(query))
		if met := slices.Compact(slices.Sorted(slices.Values(all))); len(met) != objects {
			k.t.Errorf("orderBy=%q: got %v, want %d objects", order, all, objects)
		}
		if got := k.byCursor(query); !reflect.DeepEqual(got, all) {
			k.t.Errorf("orderBy=%q: got %v one page after the other, want %v", order, got, all)
		}
	}
	all := idsOf(k.get(k.url("")))
	for n := range objects {
		if got := idsOf(k.get(k.url(fmt.Sprintf("?size=1&page=%d", n+1)))); !reflect.DeepEqual(got, all[n:n+1]) {
			k.t.Errorf("page %d: got %v, want %s", n+1, got, all[n])
		}
	}
}

// byCursor returns the ids of the list that query asks for, read page by page.
func (k *trial) byCursor(query string) (ids []string) {
	for after, more := "", true; more; {
		answer := k.get(query + "&size=3" + after)
		ids = append(ids, idsOf(answer)...)
		var next string
		next, more = answer.Object()["next"].(string)
		after = "&after=" + url.QueryEscape(next)
	}
	return ids
}
