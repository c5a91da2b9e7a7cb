package integration_test

import (
	"net/http"
	"net/url"
	"testing"

	"example.com/names/pkg/api"
	"example.com/names/test"
)

// Words of SQL are columns, tables and what references are called: create,
// search and order by them, over references too. It is copied into a service by
// the tests of names.
func TestSQLWords(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	post := func(path string, body map[string]any) string {
		return s.Do(t, http.MethodPost, api.V1Path+"/"+path, body).Want(http.StatusCreated).ID()
	}
	user := post("users", map[string]any{"user": "ada"})
	group := post("groups", map[string]any{"user_id": user, "group": "g"})
	order := post("orders", map[string]any{"group_id": group, "user_id": user, "select": "2x", "order": 3, "limit": "1.50"})
	table := post("tables", map[string]any{"order_id": order, "where": []string{"a"}, "from": "2026-01-02"})
	chosen := post("selects", map[string]any{"from_id": table, "desc": "0198c7a4-6f3e-7b1a-8c55-0123456789ab", "asc": "x"})
	post("types", map[string]any{"type": "func", "error_id": chosen})

	for _, c := range []struct{ path, search, orderBy string }{
		{"users", "user = 'ada'", "user desc"},
		{"users", "class = 'null' and not user = 'x'", "class asc"},
		{"groups", "user.user = 'ada' and user.class in ('null', 'yes')", "user.user"},
		{"groups", "group like 'g%'", "group desc"},
		{"orders", "select = '2x' and limit > 1", "select desc,limit,order desc"},
		{"orders", "order between 1 and 5 or order is null", "group.group"},
		{"orders", "group.group = 'g' and user.user ilike 'A%'", "user.user desc"},
		{"tables", "order.select = '2x' and order.order = 3", "order.order desc"},
		{"tables", "from = '2026-01-02' and table.null2 is null", "from desc,table.null2"},
		{"selects", "desc = '0198c7a4-6f3e-7b1a-8c55-0123456789ab'", "desc desc,asc asc"},
		{"selects", "asc = 'x' and from.from > '2026-01-01'", "from.from"},
		{"types", "type = 'func' and map_id is null", "type"},
		{"types", "error.asc = 'x'", "error.desc desc"},
	} {
		query := "?search=" + url.QueryEscape(c.search) + "&orderBy=" + url.QueryEscape(c.orderBy)
		if items := s.Do(t, http.MethodGet, api.V1Path+"/"+c.path+query, nil).Want(http.StatusOK).Items(); len(items) != 1 {
			t.Errorf("%s where %s: got %d objects, want 1", c.path, c.search, len(items))
		}
	}
}
