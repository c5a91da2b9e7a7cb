package scaffold

import (
	"fmt"
	"slices"
	"strings"
)

// enumType returns the name of the type that an enum of the kind has in Go.
func (k Kind) enumType(f Field) string { return k.Name.Pascal() + f.GoName() }

// enumConstant returns the name of the constant of one of its values.
func (k Kind) enumConstant(f Field, value string) string { return k.enumType(f) + enumWords(value) }

// declares returns what the fields of the kind declare in the package of models.
func (k Kind) declares() []string {
	var names []string
	for _, f := range k.Fields {
		if !f.isEnum() {
			continue
		}
		names = append(names, k.enumType(f))
		for _, value := range f.Values {
			names = append(names, k.enumConstant(f, value))
		}
	}
	return names
}

// checkKindFields reports what is wrong with the fields of a kind as a whole.
func (p *problems) checkKindFields(name Name, fields []Field) {
	changeable := false
	for _, f := range fields {
		changeable = changeable || !f.Immutable
		if f.isRef() && f.Required && f.Ref.Pascal() == name.Pascal() {
			p.addf("field %s is required and refers to its own kind, so that the first object could never be made: leave required out", f.Name.Snake())
		}
	}
	if !changeable {
		p.addf("all fields are immutable, and the OpenAPI generator makes no type of a PATCH without fields: leave immutable out of one")
	}
	kind := Kind{Name: name, Fields: fields}
	seen := map[string]bool{name.Pascal(): true}
	for _, declared := range kind.declares() {
		if seen[declared] {
			p.addf("two values or enums would be called %s in Go: rename a field or a value", declared)
		}
		seen[declared] = true
	}
}

// checkEnums reports names that the enums of new kinds would declare in the
// package of models and something else declares, be it another new kind.
func (b *Blueprint) checkEnums(w *workspace, p *problems, others, kinds []Kind) error {
	taken := map[string]string{}
	for _, k := range slices.Concat(others, kinds) {
		taken[k.Name.Pascal()] = fmt.Sprintf("kind %s", k.Name)
	}
	for _, k := range kinds {
		c := &clashes{}
		models := scope{dir: modelsDir, pkg: modelPackage}
		for _, name := range k.declares() {
			models.patterns = append(models.patterns, pattern{after: strings.TrimPrefix(name, k.Name.Pascal())})
			if by, ok := taken[name]; ok {
				c.addf("%s in %s, by %s", name, modelsDir, by)
			}
			taken[name] = fmt.Sprintf("the fields of kind %s", k.Name)
		}
		if err := c.scan(w, models, k.Name, nil); err != nil {
			return err
		}
		c.reportFields(p, k.Name)
	}
	return nil
}

// modelsDir is the folder of the package of models.
const modelsDir = "pkg/api"

func (c *clashes) reportFields(p *problems, kind Name) {
	for _, file := range c.unreadable {
		p.addf("%s: correct it first", file)
	}
	if len(c.taken) > 0 {
		p.addf("kind %s: rename an enum or a value, since these are taken:\n%s", kind, strings.Join(c.taken, "\n"))
	}
}
