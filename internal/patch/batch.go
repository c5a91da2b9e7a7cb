package patch

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"strings"
)

// A batch is edits of one file by operations that need not see each other's work: they touch different declarations, or
// add different lines to one list.
type batch struct {
	file    *File
	edits   []Edit
	touched map[span]additions // by the declarations, as chunkOf returns them
	loose   bool               // whatever comes next has to see these edits: they are between declarations, or far-reaching
}

// additions are lines that go to one place, each below the one before. Without an anchor they are any other edits.
type additions struct {
	anchor string
	at     int
	keys   map[string]bool
}

// A lister adds an item to the list behind its anchor. A list that holds an item of that key has nothing to add; one
// without a key has to be looked for.
type lister interface {
	item() (anchor, key string)
}

func newBatch(f *File) *batch { return &batch{file: f, touched: map[span]additions{}} }

// reparse returns an empty batch for the file after the edits.
func (b *batch) reparse() (*batch, error) {
	src, err := b.file.Apply(b.edits)
	if err != nil {
		return nil, err
	}
	f, err := Parse(b.file.path, src)
	if err != nil {
		return nil, err
	}
	return newBatch(f), nil
}

// take adds the edits that op has returned for the file. It refuses them if op has to see the file without those that
// are there already.
func (b *batch) take(op Op, edits []Edit) bool {
	anchor, key := b.addition(op, edits)
	if b.loose {
		return false
	}
	loose := len(edits) > 0 && farReaching(op)
	chunks := make([]span, len(edits))
	for i, e := range edits {
		chunk, ok := b.file.chunkOf(e)
		before, touched := b.touched[chunk]
		beside := anchor != "" && before.anchor == anchor && before.at == e.Start && !before.keys[key]
		if !ok && len(b.edits) > 0 || touched && !beside {
			return false
		}
		chunks[i], loose = chunk, loose || !ok
	}
	b.loose = loose
	for i, e := range edits {
		a, ok := b.touched[chunks[i]]
		if !ok {
			a = additions{anchor, e.Start, map[string]bool{}}
		}
		a.keys[key] = true
		b.touched[chunks[i]] = a
	}
	b.edits = append(b.edits, edits...)
	return true
}

// farReaching tells whether an addition may be what others look for, or stand between what they look for.
func farReaching(op Op) bool {
	switch op.(type) {
	case Decl, ahead:
		return true
	}
	return false
}

// addition returns which list an operation adds whole lines to, "" if it does anything else.
func (b *batch) addition(op Op, edits []Edit) (anchor, key string) {
	l, ok := op.(lister)
	if !ok || len(edits) != 1 {
		return "", ""
	}
	e := edits[0]
	if e.Start != e.End || b.file.lineStart(e.Start) != e.Start || !strings.HasSuffix(e.New, "\n") {
		return "", ""
	}
	anchor, key = l.item()
	if key == "" {
		return "", ""
	}
	return anchor, key
}

// keyOf prints syntax in one way, whatever its layout. Syntax that can hold other items, or that has two spellings
// beyond layout, has no key.
func keyOf(node ast.Node) string {
	simple := true
	ast.Inspect(node, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.BlockStmt, *ast.DeclStmt, *ast.StructType, *ast.InterfaceType, *ast.FuncType:
			simple = false
		}
		return simple
	})
	var out bytes.Buffer
	if !simple || format.Node(&out, token.NewFileSet(), node) != nil { // without positions there are no line breaks
		return ""
	}
	return out.String()
}
