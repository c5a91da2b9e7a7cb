package spec

import (
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

func TestPathsOfFiles(t *testing.T) {
	t.Parallel()
	got := pathsOf(fstest.MapFS{"openapi.yaml": nil, "openapi.order_items.yaml": nil, "openapi.x_y_plots.yaml": nil, "oapi-codegen.yaml": nil})
	want := map[string]string{"orderitems": api.V1Path + "/order_items", "xyplots": api.V1Path + "/x_y_plots"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestPathsAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	merged, err := merge(files)
	if err != nil {
		t.Fatal(err)
	}
	documented, _ := merged["paths"].(object)
	for source, path := range paths {
		if _, ok := documented[path]; !ok {
			t.Errorf("%s: %s is none of %v", source, path, slices.Sorted(maps.Keys(documented)))
		}
	}
	if path, ok := PathOf("Unheard"); ok {
		t.Errorf("got %s", path)
	}
}
