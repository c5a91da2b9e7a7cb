package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// Diff shows the plan as one unified diff in git's form, which `git apply` takes.
func Diff(p *Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		diffChange(&b, c)
	}
	return b.String()
}

func diffChange(b *strings.Builder, c Change) {
	from, to := "a/"+c.Path, "b/"+c.Path
	fmt.Fprintf(b, "diff --git %s %s\n", from, to)
	switch c.Action() {
	case Create:
		fmt.Fprintf(b, "new file mode %s\n", gitMode(c))
		from = "/dev/null"
	case Delete:
		fmt.Fprintf(b, "deleted file mode %s\n", gitMode(c))
		to = "/dev/null"
	}
	if bytes.IndexByte(c.Before, 0) >= 0 || bytes.IndexByte(c.After, 0) >= 0 {
		fmt.Fprintf(b, "Binary files %s and %s differ\n", from, to)
		return
	}
	b.WriteString(udiff.Unified(from, to, string(c.Before), string(c.After)))
}

// gitMode is the mode in git's spelling, which knows only whether a file is executable.
func gitMode(c Change) string {
	if c.perm()&0o111 != 0 {
		return "100755"
	}
	return "100644"
}

// JSON is the plan as one document for programs: {"changes":[{"path","action","why"}…],"next":[…]}.
// Both lists are there even when they are empty.
func JSON(p *Plan) ([]byte, error) {
	type change struct {
		Path   string `json:"path"`
		Action Action `json:"action"`
		Why    string `json:"why"`
	}
	document := struct {
		Changes []change `json:"changes"`
		Next    []string `json:"next"`
	}{make([]change, 0, len(p.Changes)), append([]string{}, p.Next...)}
	for _, c := range p.Changes {
		document.Changes = append(document.Changes, change{c.Path, c.Action(), c.Why})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(document); err != nil {
		return nil, fmt.Errorf("encode the plan: %w", err)
	}
	return out.Bytes(), nil
}
