package sinks

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

const wildcard = "*"

// Patterns say which events are wanted. The zero value wants none.
type Patterns []pattern

type pattern struct {
	source string
	what   string
}

// ParsePatterns reads patterns of the form <source>.<event type>, each part of
// which may be *. The error lists all that are none.
func ParsePatterns(texts []string) (Patterns, error) {
	var patterns Patterns
	var problems []error
	for _, text := range texts {
		p, err := parsePattern(text)
		patterns, problems = append(patterns, p), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return patterns, nil
}

func parsePattern(text string) (pattern, error) {
	source, what, ok := strings.Cut(text, ".")
	if !ok || source == "" {
		return pattern{}, fmt.Errorf("%q is no pattern: give <source>.<event type>, such as %s.%s", text, wildcard, api.CreateEvent)
	}
	types := []string{wildcard, string(api.CreateEvent), string(api.UpdateEvent), string(api.DeleteEvent)}
	if !slices.Contains(types, what) {
		return pattern{}, fmt.Errorf("%q is no pattern: its event type is none of %s", text, strings.Join(types, ", "))
	}
	// A * inside a name would never match: it is no glob.
	if source != wildcard && strings.Contains(source, wildcard) {
		return pattern{}, fmt.Errorf("%q is no pattern: its source is neither a name nor %s alone", text, wildcard)
	}
	return pattern{source, what}, nil
}

// Match tells whether such events are wanted.
func (p Patterns) Match(source string, what api.EventType) bool {
	return slices.ContainsFunc(p, func(p pattern) bool {
		return (p.source == wildcard || p.source == source) && (p.what == wildcard || p.what == string(what))
	})
}

// Sources are those that are named, in order and each once.
func (p Patterns) Sources() []string {
	var sources []string
	for _, one := range p {
		if one.source != wildcard {
			sources = append(sources, one.source)
		}
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}
