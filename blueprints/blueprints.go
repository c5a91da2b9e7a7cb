// Package blueprints carries the service that trexgen copies. It is ordinary Go
// of this module, built, vetted and tested like any other; see internal/scaffold
// for how a copy is made.
package blueprints

import (
	"embed"
	"io/fs"
)

// The top of the tree is listed, since all:service would carry along what
// builds and development databases leave there.
//
//go:embed service/.dockerignore service/.github service/.gitignore service/.golangci.yml
//go:embed service/Dockerfile service/Makefile service/README.md service/go.mod.txt service/go.sum.txt
//go:embed service/trexgen.yaml
//go:embed service/cmd service/docs service/openapi service/pkg service/test
var files embed.FS

// Service returns the files of the blueprint, rooted at its top.
func Service() fs.FS {
	sub, err := fs.Sub(files, "service")
	if err != nil {
		panic(err) // the path is a constant and valid
	}
	return sub
}
