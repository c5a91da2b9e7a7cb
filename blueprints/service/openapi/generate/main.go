// Command generate writes the Go types and the client of the API from the
// OpenAPI files: openapi.yaml into the package openapi, and each
// openapi.<kinds>.yaml into a package of its own below it. It is run by go
// generate in the folder of the OpenAPI files.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const config = "oapi-codegen.yaml"

// file is what the generated file of each package is called. The kind is not in
// it: a name that ends in _windows would build on one system only.
const file = "openapi.gen.go"

func main() {
	in := flag.String("in", ".", "folder of the OpenAPI files")
	out := flag.String("out", filepath.Join("..", "pkg", "api", "openapi"), "folder of the generated packages")
	flag.Parse()
	if err := generate(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate runs the generator once for each file.
func generate(in, out string) error {
	specs, err := filepath.Glob(filepath.Join(in, "openapi*.yaml"))
	if err != nil {
		return err
	}
	if len(specs) == 0 {
		return fmt.Errorf("no openapi*.yaml in %s", in)
	}
	for _, spec := range specs {
		if err := generateOne(filepath.Join(in, config), spec, out); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(spec), err)
		}
	}
	return nil
}

func generateOne(config, spec, out string) error {
	pkg, path := target(spec)
	path = filepath.Join(out, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	cmd := exec.Command("go", "tool", "oapi-codegen", "-config", config, "-package", pkg, "-o", path, spec)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return errors.Join(err, errors.New(strings.TrimSpace(string(output))))
	}
	return nil
}

// target is the package and the path of the file that is made from spec:
// openapi.yaml ⇒ openapi, openapi.gen.go; openapi.big_apples.yaml ⇒ bigapples,
// bigapples/openapi.gen.go.
func target(spec string) (pkg, path string) {
	name := strings.TrimSuffix(filepath.Base(spec), ".yaml")
	kinds, isKind := strings.CutPrefix(name, "openapi.")
	if !isKind {
		return "openapi", file
	}
	pkg = strings.ReplaceAll(kinds, "_", "")
	return pkg, filepath.Join(pkg, file)
}
