package spec

import (
	"io/fs"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// paths has the path of each kind in the API by its plural in lower case
// without separators, in which path and source of events are the same.
var paths = pathsOf(files)

// PathOf returns the path under which the API has the kind that is the source
// of events, and false if it has none.
func PathOf(source string) (string, bool) {
	path, ok := paths[strings.ToLower(source)]
	return path, ok
}

// pathsOf goes by the names of the files:
// openapi.order_items.yaml ⇒ orderitems: <api>/order_items.
func pathsOf(fsys fs.FS) map[string]string {
	found := map[string]string{}
	names, err := fs.Glob(fsys, "openapi.*.yaml")
	if err != nil {
		panic(err) // the pattern is ours
	}
	for _, name := range names {
		kinds := strings.TrimSuffix(strings.TrimPrefix(name, "openapi."), ".yaml")
		found[strings.ReplaceAll(kinds, "_", "")] = api.V1Path + "/" + kinds
	}
	return found
}
