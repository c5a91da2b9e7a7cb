package scaffold

import (
	"slices"
	"strings"
)

// OrderKinds returns the kinds of a new service so that each comes behind those
// that its fields refer to, and else as they are. An error is an *InvalidError:
// a kind that is not there, or kinds that refer to each other.
func OrderKinds(kinds []Kind) ([]Kind, error) {
	var p problems
	kinds = p.resolveRefs(nil, kinds)
	if err := p.invalid(); err != nil {
		return nil, err
	}
	var ordered []Kind
	rest, placed := kinds, map[string]bool{}
	for len(rest) > 0 {
		next := slices.IndexFunc(rest, func(k Kind) bool { return k.waitsFor(placed) == nil })
		if next < 0 {
			p.addCycle(rest, placed)
			return nil, p.invalid()
		}
		// That there are two of one name is for the plan to refuse.
		ordered, placed[rest[next].Name.Pascal()] = append(ordered, rest[next]), true
		rest = slices.Concat(rest[:next], rest[next+1:])
	}
	return ordered, nil
}

// waitsFor returns the first field that refers to a kind that is not placed, or
// nil. The kind itself does not count.
func (k Kind) waitsFor(placed map[string]bool) *Field {
	for i, f := range k.Fields {
		if f.isRef() && f.Ref.Pascal() != k.Name.Pascal() && !placed[f.Ref.Pascal()] {
			return &k.Fields[i]
		}
	}
	return nil
}

// addCycle reports a circle among kinds that all wait for each other.
func (p *problems) addCycle(kinds []Kind, placed map[string]bool) {
	k := kinds[0]
	var names []string
	for !slices.Contains(names, k.Name.Pascal()) {
		names = append(names, k.Name.Pascal())
		to := k.waitsFor(placed).Ref.Pascal()
		k = kinds[slices.IndexFunc(kinds, func(k Kind) bool { return k.Name.Pascal() == to })]
	}
	circle := append(names[slices.Index(names, k.Name.Pascal()):], k.Name.Pascal())
	p.addf("kinds refer to each other, %s, so that no table can be made first: leave field %s of kind %s out, and give it afterwards with trexgen add field %s %s",
		strings.Join(circle, " → "), k.waitsFor(placed).Name.Snake(), k.Name, k.Name, shellQuoted(k.waitsFor(placed).String()))
}

func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// resolveRefs returns the kinds with their references to the kinds, the others or
// themselves made out: a ref knows then the plural too. It reports those to
// kinds that are not there.
func (p *problems) resolveRefs(others, kinds []Kind) []Kind {
	all := map[string]Kind{}
	var names []string
	for _, k := range slices.Concat(others, kinds) {
		all[k.Name.Pascal()] = k
		names = append(names, k.Name.Pascal())
	}
	resolved := slices.Clone(kinds)
	for i, k := range kinds {
		resolved[i].Fields = slices.Clone(k.Fields)
		for j, f := range k.Fields {
			if !f.isRef() {
				continue
			}
			to, ok := all[f.Ref.Pascal()]
			if !ok {
				p.addf("kind %s: field %s refers to the kind %s, which is not there: add that first; there are %s", k.Name, f.Name.Snake(), f.Ref, strings.Join(names, ", "))
				continue
			}
			resolved[i].Fields[j].Ref = to.Name
		}
	}
	return resolved
}

// checkRefOrder reports kinds whose migration comes before that of a kind that
// they refer to. It is for kinds that OrderKinds has not been over.
func (p *problems) checkRefOrder(kinds []Kind) {
	for _, k := range kinds {
		for _, f := range k.Fields {
			at := slices.IndexFunc(kinds, func(to Kind) bool { return f.isRef() && to.Name.Pascal() == f.Ref.Pascal() })
			if at >= 0 && less(k.MigrationID, kinds[at].MigrationID) {
				p.addf("kind %s: field %s refers to the kind %s, whose table would be made later: put that first", k.Name, f.Name.Snake(), f.Ref)
			}
		}
	}
}
