package attack

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
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
	seen := newPool()
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

// weighed returns operations so often as there is something to vary in them. Most
// others aim at objects, so that few may be deleted.
func weighed(operations []operation) []operation {
	var all []operation
	for _, op := range operations {
		times := 1
		if len(op.parameters) > 0 || op.RequestBody != nil {
			times = 10
		}
		if op.method == http.MethodDelete {
			times = 3
		}
		all = append(all, slices.Repeat([]operation{op}, times)...)
	}
	return all
}
