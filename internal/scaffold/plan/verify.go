package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Verify checks a plan in memory and returns all that it finds, joined: paths that leave the root or occur twice, Go
// that does not parse, Go that is not gofmt-formatted although the file is new or was formatted before, YAML and JSON
// that do not parse. It reads no file, and stops early when ctx is cancelled.
func Verify(ctx context.Context, p *Plan) error {
	problems := verifyPaths(p.Changes)

	// Formatting is what costs, and files do not depend on each other.
	found := make([]error, len(p.Changes))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(p.Changes)) {
		wg.Go(func() {
			for i := range next {
				found[i] = verifyContent(p.Changes[i])
			}
		})
	}
	for i := range p.Changes {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(append(append(problems, found...), ctx.Err())...)
}

func verifyPaths(changes []Change) []error {
	var problems []error
	seen := map[string]string{} // lower case: some file systems do not tell A from a
	for _, c := range changes {
		if !filepath.IsLocal(filepath.FromSlash(c.Path)) || path.Clean(c.Path) != c.Path || strings.Contains(c.Path, `\`) || c.Path == "." {
			problems = append(problems, fmt.Errorf("%q: not a clean path below the root", c.Path))
		}
		key := strings.ToLower(c.Path)
		if other, dup := seen[key]; dup {
			problems = append(problems, fmt.Errorf("%s: changed twice, also as %s", c.Path, other))
		}
		seen[key] = c.Path
		if c.Before == nil && c.After == nil {
			problems = append(problems, fmt.Errorf("%s: neither created nor deleted", c.Path))
		}
	}
	return problems
}

func verifyContent(c Change) error {
	if c.After == nil {
		return nil
	}
	switch path.Ext(c.Path) {
	case ".go":
		return verifyGo(c)
	case ".yaml", ".yml":
		return verifyYAML(c)
	case ".json":
		if !json.Valid(c.After) {
			return fmt.Errorf("%s: not valid JSON", c.Path)
		}
	}
	return nil
}

func verifyGo(c Change) error {
	clean, err := formatted(c.Path, c.After)
	if err != nil {
		return err // names file, line and column
	}
	if clean {
		return nil
	}
	// Only people's own unformatted files may stay unformatted.
	if c.Before != nil {
		if was, err := formatted(c.Path, c.Before); err != nil || !was {
			return nil
		}
	}
	return fmt.Errorf("%s: would not be gofmt-formatted", c.Path)
}

// formatted reports whether gofmt would leave src as it is. Line endings do not count: a CRLF checkout of a formatted
// file is formatted.
func formatted(name string, src []byte) (bool, error) {
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	// format.Source takes fragments too; a file has to have its package clause.
	if _, err := parser.ParseFile(token.NewFileSet(), name, src, parser.PackageClauseOnly); err != nil {
		return false, err
	}
	out, err := format.Source(src)
	if err != nil {
		return false, fmt.Errorf("%s:%w", name, err) // the error begins with line and column
	}
	return bytes.Equal(out, src), nil
}

func verifyYAML(c Change) error {
	for dec := yaml.NewDecoder(bytes.NewReader(c.After)); ; {
		var document yaml.Node
		switch err := dec.Decode(&document); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", c.Path, err)
		}
	}
}
