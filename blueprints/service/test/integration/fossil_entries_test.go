package integration_test

import (
	"testing"

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
	}.Check(t)
}
