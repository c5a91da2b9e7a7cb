package dao

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
)

const (
	defaultOrder = "created_at"
	idColumn     = "id"

	// maxOrder bounds the columns of one orderBy.
	maxOrder = 16
)

// ordering is a total order of the rows: its last column is the id or stands
// after it. Null comes last, whatever the direction.
type ordering []orderTerm

type orderTerm struct {
	column
	descending bool
}

// parseOrder reads "species desc,created_at". Nothing means by created_at, or
// what WithOrder said. Ties are broken by the id, in the direction of the column
// before it, so that one index serves both.
func parseOrder(text string, columns map[string]column) (ordering, error) {
	if strings.TrimSpace(text) == "" {
		text = defaultOrder
		for name, c := range columns {
			if c.ordersLists {
				text = name
			}
		}
	}
	var order ordering
	seen := map[string]bool{}
	tied := true // whether rows may be equal in all columns so far
	for part := range strings.SplitSeq(text, ",") {
		term, err := parseOrderTerm(part, columns)
		switch {
		case err != nil:
			return nil, err
		case seen[term.name]:
			return nil, &QueryError{"orderBy", fmt.Sprintf("column %q is given twice", term.name)}
		case len(order) == maxOrder:
			return nil, &QueryError{"orderBy", fmt.Sprintf("more than %d columns", maxOrder)}
		}
		seen[term.name] = true
		tied = tied && !term.ordersLists && term.name != idColumn
		order = append(order, term)
	}
	if tied {
		order = append(order, orderTerm{columns[idColumn], order[len(order)-1].descending})
	}
	return order, nil
}

func parseOrderTerm(text string, columns map[string]column) (orderTerm, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return orderTerm{}, &QueryError{"orderBy", "a column is wanted before or after a comma"}
	}
	c, known := columns[words[0]]
	if !known {
		return orderTerm{}, &QueryError{"orderBy", fmt.Sprintf("there is no column %.100q to order by", words[0])}
	}
	if c.Type == tsl.JSON {
		return orderTerm{}, &QueryError{"orderBy", fmt.Sprintf("column %q is a list or free JSON, which has no order", c.name)}
	}
	term := orderTerm{column: c}
	switch {
	case len(words) == 1, len(words) == 2 && strings.EqualFold(words[1], "asc"):
	case len(words) == 2 && strings.EqualFold(words[1], "desc"):
		term.descending = true
	default:
		return orderTerm{}, &QueryError{"orderBy", fmt.Sprintf("after column %q only asc or desc may stand, not %.100q", c.name, strings.Join(words[1:], " "))}
	}
	return term, nil
}

// String is the order in the one spelling that cursors carry.
func (o ordering) String() string {
	return o.join(func(t orderTerm) string {
		if t.descending {
			return t.name + " desc"
		}
		return t.name
	})
}

// sql is the order after ORDER BY. Only where PostgreSQL would put null first
// is it told otherwise: elsewhere that would keep it from using an index.
func (o ordering) sql() string {
	return o.join(func(t orderTerm) string {
		switch {
		case t.descending && t.nullable:
			return t.SQL + " DESC NULLS LAST"
		case t.descending:
			return t.SQL + " DESC"
		}
		return t.SQL
	})
}

// keysSQL is an expression for the row's values of the order's columns, as
// JSON. It is null if these can be had from the object: that is cheaper.
func (o ordering) keysSQL() string {
	if !slices.ContainsFunc(o, func(t orderTerm) bool { return t.joined != nil }) {
		return "NULL"
	}
	return "json_build_array(" + o.join(func(t orderTerm) string { return t.SQL }) + ")::text"
}

// keysOf returns the same of an object, none of whose columns is joined.
func (o ordering) keysOf(ctx context.Context, obj any) (string, error) {
	values := make([]any, len(o))
	for i, term := range o {
		values[i], _ = term.field.ValueOf(ctx, reflect.ValueOf(obj))
	}
	keys, err := json.Marshal(values)
	return string(keys), err
}

func (o ordering) join(text func(orderTerm) string) string {
	parts := make([]string, len(o))
	for i, term := range o {
		parts[i] = text(term)
	}
	return strings.Join(parts, ",")
}
