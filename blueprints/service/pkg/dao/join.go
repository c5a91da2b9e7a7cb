package dao

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm/schema"
)

// Option changes what clients may search and order by.
type Option func(*options)

type options struct {
	hidden []string
	order  string
	joins  []func(own *schema.Schema, as string) ([]column, error)
}

// join is a related table of which each row has at most one.
type join struct{ table, sql string }

// WithHidden takes columns off the list. A name that is not on it makes
// NewStore panic: a secret must not stay searchable because of a slip.
func WithHidden(columns ...string) Option {
	return func(o *options) { o.hidden = append(o.hidden, columns...) }
}

// WithOrder makes column, whose values are unique and never null, what lists are
// ordered by unless the client says otherwise, instead of created_at.
func WithOrder(column string) Option {
	return func(o *options) { o.order = column }
}

// WithJoin adds the columns of a related kind R, which may be the store's own,
// as alias.column. The column named foreignKey of the store's own table holds
// the id of R, or null. The table of R is joined only when a query asks for it.
// Columns of R can be hidden too, by their name with the alias.
func WithJoin[R any](alias, foreignKey string) Option {
	return func(o *options) {
		o.joins = append(o.joins, func(own *schema.Schema, as string) ([]column, error) {
			if own.FieldsByDBName[foreignKey] == nil {
				return nil, fmt.Errorf("join %s: %s has no column %q", alias, own.Table, foreignKey)
			}
			related, err := parseSchema[R]()
			if err != nil {
				return nil, fmt.Errorf("join %s: %w", alias, err)
			}
			j := &join{table: related.Table, sql: fmt.Sprintf(`LEFT JOIN %s AS %s ON %[2]s."id" = %s.%s`,
				quote(related.Table), quote(as), quote(own.Table), quote(foreignKey))}
			columns := columnsOf(related, as)
			for i := range columns {
				columns[i].name = alias + "." + columns[i].name
				columns[i].nullable = true // there may be no related row
				columns[i].joined = j
			}
			return columns, nil
		})
	}
}

// allowed returns the columns that clients may use, by name.
func (o *options) allowed(own *schema.Schema) (map[string]column, error) {
	columns := columnsOf(own, own.Table)
	for i, open := range o.joins {
		// In SQL a joined table goes by a name that no table has: the alias may
		// be the name of one, even of the store's own, and longer than names are.
		joined, err := open(own, fmt.Sprintf("join %d", i+1))
		if err != nil {
			return nil, err
		}
		columns = append(columns, joined...)
	}
	byName := make(map[string]column, len(columns))
	for _, c := range columns {
		if _, twice := byName[c.name]; twice {
			return nil, fmt.Errorf("%s: there are two columns %q", own.Table, c.name)
		}
		byName[c.name] = c
	}
	for _, name := range o.hidden {
		if _, known := byName[name]; !known {
			return nil, fmt.Errorf("%s: hide column %q: there is none", own.Table, name)
		}
		delete(byName, name)
	}
	if c, known := byName[o.order]; known {
		c.ordersLists = true
		byName[o.order] = c
	} else if o.order != "" {
		return nil, fmt.Errorf("%s: order by column %q: there is none", own.Table, o.order)
	}
	for _, name := range []string{idColumn, defaultOrder} {
		if _, there := byName[name]; !there {
			return nil, fmt.Errorf("%s: column %q is wanted for the order of lists", own.Table, name)
		}
	}
	return byName, nil
}

// joins collects the tables that a query needs, each once.
type joins []*join

func (j *joins) use(c column) {
	if c.joined != nil && !slices.Contains(*j, c.joined) {
		*j = append(*j, c.joined)
	}
}

func (j joins) sql() string {
	var sql strings.Builder
	for _, table := range j {
		sql.WriteString(" " + table.sql)
	}
	return sql.String()
}
