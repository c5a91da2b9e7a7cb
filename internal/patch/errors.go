package patch

import (
	"fmt"
	"strings"
)

// A NotFoundError says that an anchor is missing, and what to write by hand instead.
type NotFoundError struct {
	Path   string // the file; empty if the caller gave bytes only
	Anchor string // what was looked for, in words: "struct Services"
	Code   string // the exact lines; empty if nothing was to be written
	Remove bool   // the lines were to be deleted, not added
}

func (e *NotFoundError) Error() string {
	msg := in(e.Path) + e.Anchor + " not found"
	switch {
	case e.Code == "":
		return msg
	case e.Remove:
		return msg + "; wherever it went, delete by hand:" + quote(e.Code)
	}
	return msg + "; to what took its place, add by hand:" + quote(e.Code)
}

// An AmbiguousError says that an anchor is there more than once, so that only a person can choose.
type AmbiguousError struct {
	Path   string
	Anchor string
	Lines  []int    // where the candidates start
	Places []string // as file:line, if they are in several files
	Code   string
	Remove bool
}

func (e *AmbiguousError) Error() string {
	where := "on lines " + strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Lines), " ", ", "), "[]")
	if len(e.Places) > 0 {
		where = "at " + strings.Join(e.Places, ", ")
	}
	msg := in(e.Path) + e.Anchor + " is ambiguous: found " + where
	switch {
	case e.Code == "":
		return msg
	case e.Remove:
		return msg + "; keep one, or delete by hand from the right one:" + quote(e.Code)
	}
	return msg + "; keep one, or add by hand to the right one:" + quote(e.Code)
}

// A ConflictError says that the name to be added is taken by something else.
type ConflictError struct {
	Path string // empty if the caller gave bytes only
	Line int
	Have string // what stands there
	Code string // what was to be written, or deleted
}

func (e *ConflictError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d: %s is in the way; rename or delete it to make room for:%s", e.Line, e.Have, quote(e.Code))
	}
	return fmt.Sprintf("%s:%d: %s is in the way; rename or delete it to make room for:%s", e.Path, e.Line, e.Have, quote(e.Code))
}

// A GeneratedError refuses to change a file that its generator would overwrite.
type GeneratedError struct {
	Path string
	Code string // what was to be written, or deleted
}

func (e *GeneratedError) Error() string {
	return in(e.Path) + `generated ("DO NOT EDIT") files are not patched; change what it is generated from, to care for:` + quote(e.Code)
}

func in(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

// quote sets code apart from the sentence before it, ready to be copied.
func quote(code string) string {
	return "\n\t" + strings.ReplaceAll(code, "\n", "\n\t")
}
