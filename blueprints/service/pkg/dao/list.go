package dao

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// condition is a part of WHERE; it is empty if it lets all rows pass.
type condition struct {
	sql  string
	args []any
}

// selection is a Query that has been checked, as parts of a select.
type selection struct {
	search condition
	after  condition
	order  ordering

	searchJoins, orderJoins joins
}

// check compiles query. Its errors are QueryErrors, or from Related.
func check(query Query, columns map[string]column) (*selection, error) {
	var sel selection
	var err error
	sel.search.sql, sel.search.args, err = tsl.Compile(query.Search, func(name string) (tsl.Column, bool) {
		c, known := columns[name]
		sel.searchJoins.use(c)
		return c.Column, known
	})
	if err != nil {
		return nil, &QueryError{"search", err.Error()}
	}
	if sel.order, err = parseOrder(query.OrderBy, columns); err != nil {
		return nil, err
	}
	sel.orderJoins = append(sel.orderJoins, sel.searchJoins...)
	for _, term := range sel.order {
		sel.orderJoins.use(term.column)
	}
	for _, j := range sel.orderJoins {
		if query.Related == nil {
			break
		}
		if err := query.Related(j.table); err != nil {
			return nil, err
		}
	}
	if query.After == "" {
		return &sel, nil
	}
	if query.Page > 1 {
		return nil, &QueryError{"after", "it cannot be combined with a page"}
	}
	keys, err := sel.order.decode(query.After)
	if err != nil {
		return nil, err
	}
	sel.after.sql, sel.after.args = sel.order.after(keys)
	return &sel, nil
}

// keyed is an object with the values that it was ordered by, in a column of a
// name that no field can have. They are null if the object itself has them.
type keyed[T any] struct {
	Object T       `gorm:"embedded"`
	Keys   *string `gorm:"column:order keys"`
}

// List returns a page of the objects that query asks for. The objects and the
// total are read one after the other: when others write in between, they may
// differ by what was written. Everything that is wrong with query is a
// QueryError, or what its Related says, and never reaches the database.
func (s Store[T]) List(ctx context.Context, query Query) (Page[T], error) {
	page := Page[T]{Items: []T{}, Page: max(query.Page, 1)}
	sel, err := check(query, s.columns)
	if err != nil {
		return page, err
	}
	offset, reachable := query.offset()
	complete := false // whether the total follows from the rows that were read
	if reachable && query.Size > 0 {
		rows, err := s.rows(ctx, sel, query.Size, offset)
		if err != nil {
			return page, err
		}
		complete = query.After == "" && len(rows) <= query.Size && (len(rows) > 0 || offset == 0)
		page.Total = offset + int64(len(rows))
		if err := page.fill(ctx, rows, query.Size, sel.order); err != nil {
			return page, err
		}
	}
	if !complete {
		page.Total, err = s.count(ctx, sel)
	}
	return page, err
}

// fill makes items of rows, one of which may be more than size.
func (p *Page[T]) fill(ctx context.Context, rows []keyed[T], size int, order ordering) (err error) {
	if len(rows) > size {
		rows = rows[:size]
		if p.Next, err = rows[size-1].cursor(ctx, order); err != nil {
			return err
		}
	}
	p.Items = slices.Grow(p.Items, len(rows))
	for i := range rows {
		p.Items = append(p.Items, rows[i].Object)
	}
	return nil
}

// cursor returns the cursor after the row.
func (k *keyed[T]) cursor(ctx context.Context, order ordering) (string, error) {
	if k.Keys != nil {
		return order.encode(*k.Keys)
	}
	keys, err := order.keysOf(ctx, &k.Object)
	if err != nil {
		return "", fmt.Errorf("cursor: %w", err)
	}
	return order.encode(keys)
}

// rows reads one row more than size, to see whether there is another page.
func (s Store[T]) rows(ctx context.Context, sel *selection, size int, offset int64) ([]keyed[T], error) {
	where, args := whereAll(sel.search, sel.after)
	sql := fmt.Sprintf(`SELECT %s, %s AS "order keys" FROM %s%s%s ORDER BY %s LIMIT ? OFFSET ?`,
		s.selected, sel.order.keysSQL(), quote(s.table), sel.orderJoins.sql(), where, sel.order.sql())
	var rows []keyed[T]
	err := s.session(ctx).Raw(sql, append(args, int64(size)+1, offset)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", s.table, db.Translate(err))
	}
	return rows, nil
}

// count returns the number of rows that the search finds.
func (s Store[T]) count(ctx context.Context, sel *selection) (total int64, err error) {
	where, args := whereAll(sel.search)
	sql := fmt.Sprintf(`SELECT count(*) FROM %s%s%s`, quote(s.table), sel.searchJoins.sql(), where)
	if err := s.session(ctx).Raw(sql, args...).Scan(&total).Error; err != nil {
		return 0, fmt.Errorf("count %s: %w", s.table, db.Translate(err))
	}
	return total, nil
}

// whereAll returns a WHERE of all conditions, or nothing if none restricts.
func whereAll(conditions ...condition) (sql string, args []any) {
	var parts []string
	for _, c := range conditions {
		if c.sql != "" {
			parts = append(parts, c.sql)
			args = append(args, c.args...)
		}
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}
