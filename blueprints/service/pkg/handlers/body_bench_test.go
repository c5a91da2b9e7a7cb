package handlers_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	spec "github.com/trexgen/trexgen/blueprints/service/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

// BenchmarkBody reads and validates the body of a POST of each kind: the example
// of the OpenAPI document, which has all fields.
func BenchmarkBody(b *testing.B) {
	document, err := spec.Load()
	if err != nil {
		b.Fatal(err)
	}
	for name, example := range createExamples(b, document) {
		body, err := handlers.NewBody[map[string]any](document, name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(example)))
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(example))
				r.Header.Set("Content-Type", "application/json")
				if _, err := body.Read(r); err != nil {
					b.Fatalf("%s: %v", example, err)
				}
			}
		})
	}
}

// createExamples returns the examples of the bodies of all POSTs, by the name of
// their schema.
func createExamples(tb testing.TB, document *spec.Document) map[string]json.RawMessage {
	tb.Helper()
	var published struct {
		Components struct {
			Schemas map[string]struct{ Example json.RawMessage }
		}
	}
	if err := json.Unmarshal(document.JSON, &published); err != nil {
		tb.Fatal(err)
	}
	examples := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(published.Components.Schemas)) {
		if strings.HasSuffix(name, "CreateRequest") {
			examples[name] = published.Components.Schemas[name].Example
		}
	}
	return examples
}
