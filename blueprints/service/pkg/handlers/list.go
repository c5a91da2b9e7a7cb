package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// The number of objects on a page: what a request gets that does not say, and
// what it gets at most.
const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

// maxNames bounds the bytes of a list of names. That of a search is the business
// of package tsl.
const maxNames = 8 << 10

// maxPage is what the parameter can hold. Pages past the end are empty, not
// wrong.
const maxPage = math.MaxInt32

// list is the body of the answer to a list request.
type list struct {
	Kind  string `json:"kind"`
	Page  int    `json:"page"`
	Size  int    `json:"size"`
	Total int64  `json:"total"`
	Next  string `json:"next,omitempty"`
	Items any    `json:"items"`
}

// parseQuery reads the parameters of a list request. All that are wrong are
// named in one error.
func parseQuery(r *http.Request) (dao.Query, error) {
	query, values := dao.Query{Page: 1, Size: defaultPageSize}, r.URL.Query()
	var problems []string
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		problems = append(problems, err.Error())
	}
	for _, name := range []string{"page", "size", "after", "search", "orderBy", "fields", "watch"} {
		if len(values[name]) > 1 {
			problems = append(problems, name+" is given more than once")
		}
		if strings.ContainsRune(values.Get(name), 0) {
			problems = append(problems, name+" has a NUL character")
		}
	}
	for _, name := range []string{"orderBy", "fields"} {
		if len(values.Get(name)) > maxNames {
			problems = append(problems, fmt.Sprintf("%s is longer than %d bytes", name, maxNames))
		}
	}
	switch {
	case !values.Has("watch"), values.Get("watch") == "false":
	case values.Get("watch") == "true": // has a handler of its own where there are streams
		problems = append(problems, "watch=true: there are no streams of this; watch the kinds")
	default:
		problems = append(problems, "watch has to be true or false")
	}
	number := func(name string, fallback, most int) int {
		if !values.Has(name) {
			return fallback
		}
		n, err := strconv.Atoi(values.Get(name))
		if err != nil || n < 1 || n > most {
			problems = append(problems, fmt.Sprintf("%s has to be a number from 1 to %d", name, most))
		}
		return n
	}
	query.Page = number("page", 1, maxPage)
	query.Size = number("size", defaultPageSize, maxPageSize)
	query.After, query.Search, query.OrderBy = values.Get("after"), values.Get("search"), values.Get("orderBy")
	if query.After != "" && values.Has("page") {
		problems = append(problems, "page and after exclude each other")
	}
	if len(problems) > 0 {
		return query, apierror.New(apierror.BadRequest, "%s", strings.Join(problems, "; "))
	}
	return query, nil
}

// listAnswer is the page of objects that r asks find for as kind's list, its
// items presented, with only the fields that r asks for. What is wrong with r
// is found before anything is looked for.
func listAnswer[T, W any](r *http.Request, kind string, find func(context.Context, dao.Query) (dao.Page[T], error), present func(*T) W) (Answer, error) {
	query, err := parseQuery(r)
	if err != nil {
		return Answer{}, err
	}
	fields, err := parseFields(reflect.TypeFor[W](), r.URL.Query().Get("fields"))
	if err != nil {
		return Answer{}, err
	}
	// What may not be listed must not be found out by searching through it.
	query.Related = func(table string) error { return auth.CheckList(r.Context(), table) }
	page, err := find(r.Context(), query)
	if err != nil {
		return Answer{}, err
	}
	items := make([]W, len(page.Items))
	for i := range page.Items {
		items[i] = present(&page.Items[i])
	}
	body := list{Kind: kind + "List", Page: page.Page, Size: len(items), Total: page.Total, Next: page.Next, Items: items}
	if fields != nil {
		if body.Items, err = pick(items, fields); err != nil {
			return Answer{}, err
		}
	}
	return Answer{Status: http.StatusOK, Body: body}, nil
}

// pick returns the items with the named fields only.
func pick[W any](items []W, names []string) ([]map[string]json.RawMessage, error) {
	picked := make([]map[string]json.RawMessage, len(items))
	for i, item := range items {
		data, err := json.Marshal(item)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &picked[i]); err != nil {
			return nil, err
		}
		for name := range picked[i] {
			if !slices.Contains(names, name) {
				delete(picked[i], name)
			}
		}
	}
	return picked, nil
}

// parseFields reads the parameter fields: names of fields of item, to which the
// id is added. None stands for all of them.
func parseFields(item reflect.Type, fields string) ([]string, error) {
	if fields == "" {
		return nil, nil
	}
	var known []string
	for field := range item.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known = append(known, name)
	}
	names := []string{"id"}
	for name := range strings.SplitSeq(fields, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(known, name) {
			return nil, apierror.New(apierror.BadRequest, "fields: there is no field %.100q", name)
		}
		if !slices.Contains(names, name) { // which bounds what is looked for in each item
			names = append(names, name)
		}
	}
	return names, nil
}
