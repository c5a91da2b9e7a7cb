package scaffold

import (
	"path"
	"strings"
)

// spellings are the ways to write a name. The exemplar has two words, so that
// each of its spellings says which one is meant.
var spellings = []func(Name) string{
	Name.Pascal, Name.Camel, Name.Snake, Name.Kebab, Name.Flat, Name.Words, Name.Sentence, Name.Title, Name.ScreamingSnake,
}

// respell appends the pairs of texts that turn one name into another, the
// plural first: it may begin with the singular.
func respell(pairs []string, from, to Name) []string {
	for _, spell := range spellings {
		pairs = append(pairs, spell(from.Many()), spell(to.Many()))
	}
	for _, spell := range spellings {
		pairs = append(pairs, spell(from), spell(to))
	}
	return pairs
}

// serviceRenamer returns the replacer that turns the blueprint's service into
// another one, in a single pass: what it has written it never reads again.
func (b *Blueprint) serviceRenamer(to Service) *strings.Replacer {
	pairs := []string{b.Service.Module, to.Module}
	return strings.NewReplacer(respell(pairs, b.Service.Name, to.Name)...)
}

// kindRenamer returns the replacer that turns the exemplar into another kind of
// another service.
func (b *Blueprint) kindRenamer(service Service, to Kind) *strings.Replacer {
	pairs := []string{b.Service.Module, service.Module, b.Kind.MigrationID, to.MigrationID}
	pairs = respell(pairs, b.Service.Name, service.Name)
	return strings.NewReplacer(respell(pairs, b.Kind.Name, to.Name)...)
}

// kindPath returns the path of a kind's Go file under which it is built
// everywhere, for tests only if it is a test, and beside the service's own files,
// which are taken: a kind may be called Window, UnitTest or Order.
//
//	routes_windows.go ⇒ routes_windows_kind.go
//	unit_test.go      ⇒ unit_test_kind.go    where the blueprint's file is none
//	node_js_test.go   ⇒ node_js_kind_test.go where the blueprint's file is one
//	dao/order.go      ⇒ dao/order_kind.go    where the service has a dao/order.go
//	api/aux.go        ⇒ api/aux_kind.go      since Windows has no such files
func kindPath(file, blueprintFile string, taken map[string]bool) string {
	dir, name := path.Split(file)
	stem, ok := strings.CutSuffix(name, ".go")
	if !ok {
		return file
	}
	ending := ".go"
	if strings.HasSuffix(blueprintFile, "_test.go") {
		stem, ending = strings.TrimSuffix(stem, "_test"), "_test.go"
	}
	_, last, found := cutLast(stem, "_")
	if found && buildSuffixes[last] || windowsDevices[stem] || taken[file] {
		stem += "_kind"
	}
	return dir + stem + ending
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
