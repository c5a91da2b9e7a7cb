package attack

import (
	"cmp"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// randomRequests is how many are made; -short has no database to make them on.
const randomRequests = 10_000

// TestRandomRequests makes requests of the document: some as it allows, some with
// one thing wrong, some with bytes that fell where they fell.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	seed := seedOf(t)
	t.Logf("ATTACK_SEED=%d repeats what was chosen here", seed)
	seen := &pool{ids: map[string][]string{}}
	for _, path := range a.seed(t) {
		seen.add(path)
	}
	operations := weighed(findOperations(a.contract.Document))
	spread(randomRequests, func(n int) {
		r := newRand(seed, uint64(n))
		g := generator{sampler{r, seen}, a.resources}
		seen.learn(a.fire(t, g.request(t, pick(r, operations))))
	})
	good, refused := a.tally.of(http.StatusOK, http.StatusMultipleChoices-1), a.tally.of(http.StatusBadRequest, http.StatusInternalServerError-1)
	if good < randomRequests/20 || refused < randomRequests/20 {
		t.Errorf("%d requests were good and %d refused: too few of either to tell", good, refused)
	}
}

func seedOf(t *testing.T) uint64 {
	text := cmp.Or(os.Getenv("ATTACK_SEED"), strconv.FormatUint(rand.Uint64(), 10))
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("ATTACK_SEED: %v", err)
	}
	return seed
}

// operation is one of the document.
type operation struct {
	method, path string
	*openapi3.Operation

	// parameters are those of the operation and of its path.
	parameters openapi3.Parameters
}

// findOperations returns all operations of the document, in one order.
func findOperations(doc *openapi3.T) []operation {
	var found []operation
	for _, path := range doc.Paths.InMatchingOrder() {
		item := doc.Paths.Value(path)
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if op := item.GetOperation(method); op != nil {
				all := append(append(openapi3.Parameters{}, item.Parameters...), op.Parameters...)
				found = append(found, operation{method, path, op, all})
			}
		}
	}
	return found
}

// weighed returns operations so often as there is something to vary in them.
func weighed(operations []operation) []operation {
	var all []operation
	for _, op := range operations {
		all = append(all, op)
		if len(op.parameters) > 0 || op.RequestBody != nil {
			all = append(all, slices.Repeat([]operation{op}, 9)...)
		}
	}
	return all
}

// pool holds what answers said that later requests can use.
type pool struct {
	mu      sync.Mutex
	ids     map[string][]string // of objects, by the path of their collection
	cursors []string
}

// mostKept bounds each part of a pool: what is old is likely to be gone.
const mostKept = 200

func keep(all []string, one string) []string {
	if all = append(all, one); len(all) > mostKept {
		return all[1:]
	}
	return all
}

// add keeps the object at path.
func (p *pool) add(path string) {
	collection, id := splitPath(path)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[collection] = keep(p.ids[collection], id)
}

// id draws the id of an object of the collection, or of any for "", or nothing.
func (p *pool) id(r *rand.Rand, collection string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if collection == "" && len(p.ids) > 0 {
		collection = pick(r, slices.Sorted(maps.Keys(p.ids)))
	}
	if len(p.ids[collection]) == 0 {
		return ""
	}
	return pick(r, p.ids[collection])
}

// learn keeps the object that was made, or the last of a list, and the cursor
// that leads on.
func (p *pool) learn(got answer) {
	if got.status == http.StatusCreated {
		p.add(got.header.Get("Location"))
	}
	var page struct {
		Next  string
		Items []struct{ Href string }
	}
	if got.status != http.StatusOK || json.Unmarshal(got.body, &page) != nil {
		return
	}
	if n := len(page.Items); n > 0 && page.Items[n-1].Href != "" {
		p.add(page.Items[n-1].Href)
	}
	if page.Next != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cursors = keep(p.cursors, page.Next)
	}
}

// cursor draws the next of a list, or nothing.
func (p *pool) cursor(r *rand.Rand) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.cursors) == 0 {
		return ""
	}
	return pick(r, p.cursors)
}
