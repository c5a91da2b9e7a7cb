package attack

import (
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// What requests of chance are made of leads somewhere more often than not: files
// that the document names, and objects of the kind that a field refers to.
func TestChanceKnowsWhereToAim(t *testing.T) {
	t.Parallel()
	seen := newPool()
	for _, path := range []string{"/apples/a1", "/apples/a2", "/pears/p1"} {
		seen.add(path)
	}
	g := generator{sampler{newRand(1, 1), seen}, nil}
	owner := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeString}, Format: "uuid"}
	file := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeString}, Enum: []any{"x.css", "y.js"}}
	share := func(draw func() any, wanted ...any) (hits int) {
		for range 1000 {
			if slices.Contains(wanted, draw()) {
				hits++
			}
		}
		return hits
	}
	fruit := func() any { return g.field("fruit_id", owner) }
	if n := share(fruit, "p1"); n > 600 {
		t.Errorf("before it is known what the field refers to, it leads to one kind in %d of 1000 cases", n)
	}
	seen.learn(answer{status: http.StatusCreated, header: http.Header{"Location": {"/pies/1"}}, body: []byte(`{"id":"a1","fruit_id":"p1","name":"x"}`)})
	if n := share(fruit, "p1"); n < 700 {
		t.Errorf("the field leads to the kind that it refers to in %d of 1000 cases", n)
	}
	if n := share(func() any { return g.pathValue("/files/{file}", file) }, "x.css", "y.js"); n < 700 {
		t.Errorf("a path leads to a file of the document in %d of 1000 cases", n)
	}
}

// Deleting all objects as fast as they are made would leave nothing to aim at.
func TestChanceDeletesFew(t *testing.T) {
	t.Parallel()
	parameters := openapi3.Parameters{{Value: &openapi3.Parameter{}}}
	deleted := 0
	all := weighed([]operation{{http.MethodGet, "/x", nil, parameters}, {http.MethodDelete, "/x", nil, parameters}})
	for _, op := range all {
		if op.method == http.MethodDelete {
			deleted++
		}
	}
	if deleted == 0 || deleted > len(all)/4 {
		t.Errorf("%d of %d requests delete", deleted, len(all))
	}
}
