package dao_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// The store has no database: what Related refuses gets nowhere near it.
func TestRelatedTablesAreAskedAbout(t *testing.T) {
	t.Parallel()
	books := dao.NewStore[book](nil, dao.WithJoin[author]("author", "author_id"), dao.WithJoin[book]("sequel", "author_id"))
	refused := errors.New("not for you")
	for name, tt := range map[string]struct {
		query dao.Query
		want  []string
	}{
		"search":           {dao.Query{Search: "author.name like 'a%'"}, []string{"authors"}},
		"half of a search": {dao.Query{Search: "title = 'x' or (not author.born is null)"}, []string{"authors"}},
		"order":            {dao.Query{OrderBy: "title,author.name desc"}, []string{"authors"}},
		"its own table":    {dao.Query{OrderBy: "sequel.title"}, []string{"books"}},
		"both, once each":  {dao.Query{Search: "author.name = 'x' and author.name = 'y'", OrderBy: "author.born,sequel.title"}, []string{"authors", "books"}},
	} {
		var asked []string
		tt.query.Related = func(table string) error {
			asked = append(asked, table)
			if len(asked) < len(tt.want) {
				return nil
			}
			return refused
		}
		if _, err := books.List(t.Context(), tt.query); !errors.Is(err, refused) {
			t.Errorf("%s: got %v, want what Related says", name, err)
		}
		if !slices.Equal(asked, tt.want) {
			t.Errorf("%s: asked about %q, want %q", name, asked, tt.want)
		}
	}
}
