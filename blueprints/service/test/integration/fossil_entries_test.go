package integration_test

import (
	"encoding/json"
	"testing"

	wire "github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi/fossilentries"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/test"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// What all kinds promise to clients. Add tests of your own rules below.
func TestFossilEntries(t *testing.T) {
	t.Parallel()
	test.Resource{
		Kind:   "FossilEntry",
		Path:   "fossil_entries",
		Source: services.FossilEntrySource,
		Fields: factories.FossilEntryFields(),
		Client: typedFossilEntries,
	}.Check(t)
}

// typedFossilEntries uses the generated client, as others do who call this
// service from Go.
func typedFossilEntries(t testing.TB, s *test.Service) test.Typed {
	client, err := wire.NewClientWithResponses(s.URL, wire.WithHTTPClient(s.Client(t)))
	if err != nil {
		t.Fatal(err)
	}
	return test.Typed{
		Create: func(t testing.TB, body []byte) any {
			var request wire.FossilEntryCreateRequest
			if err := json.Unmarshal(body, &request); err != nil {
				t.Fatal(err)
			}
			answer, err := client.CreateFossilEntryWithResponse(t.Context(), nil, request)
			if err != nil || answer.JSON201 == nil {
				t.Fatalf("create: got %+v, %v", answer, err)
			}
			return answer.JSON201
		},
		List: func(t testing.TB) any {
			answer, err := client.ListFossilEntriesWithResponse(t.Context(), nil)
			if err != nil || answer.JSON200 == nil {
				t.Fatalf("list: got %+v, %v", answer, err)
			}
			return answer.JSON200.Items
		},
	}
}
