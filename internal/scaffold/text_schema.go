package scaffold

import "strings"

// What a schema in the OpenAPI document is for.
const (
	useCreate = "create"
	usePatch  = "patch"
	useObject = "object"
)

// usedIn returns the fields that a schema has.
func usedIn(fields []Field, use string) []Field {
	if use == usePatch {
		return changeable(fields)
	}
	return fields
}

// requiredColumns returns the names of the fields that a schema requires, as
// YAML.
func requiredColumns(fields []Field, use string) []string {
	var names []string
	for _, f := range fields {
		if f.Required && (use == useObject || use == useCreate && f.Default == nil) {
			names = append(names, yamlScalar(f.Column()))
		}
	}
	return names
}

// schemaLines returns the lines of the schema of a field.
func schemaLines(k Kind, f Field, use string) []string {
	var lines []string
	if f.List {
		lines = append(lines, "type: array")
		lines = append(lines, f.boundLines("minItems", "maxItems")...)
		lines = append(lines, "items:")
		for _, line := range f.itemLines(k) {
			lines = append(lines, "  "+line)
		}
	} else {
		lines = f.itemLines(k)
	}
	if use != useObject && !f.Required {
		lines = append(lines, "nullable: true")
	}
	if use == useCreate && f.Default != nil {
		lines = append(lines, "default: "+f.yamlDefault())
	}
	return lines
}

// itemLines returns the lines for one value of the field's type.
func (f Field) itemLines(k Kind) []string {
	var lines []string
	add := func(key, value string) {
		if value != "" {
			lines = append(lines, key+": "+value)
		}
	}
	schema := f.Type.Schema
	add("type", schema.Type)
	add("format", schema.Format)
	if f.isEnum() {
		add("enum", "["+strings.Join(yamlScalars(f.Values), ", ")+"]")
		schema.GoType = modelPackage + "." + k.enumType(f)
	}
	lines = append(lines, f.valueBounds()...)
	add("x-go-type", schema.GoType)
	return lines
}

// valueBounds returns the lines for the bounds of a value, or of an item.
func (f Field) valueBounds() []string {
	switch {
	case f.List || f.Type.bound == boundsLength:
		item := f
		if f.List {
			item.Min, item.Max = "", ""
		}
		if item.Max == "" && f.Type.Key == "string" {
			item.Max = "255"
		}
		return item.boundLines("minLength", "maxLength")
	case f.Type.value.quoted: // JSON Schema bounds numbers only
		quoted := f
		quoted.Min, quoted.Max = yamlNumberText(f.Min), yamlNumberText(f.Max)
		return quoted.boundLines("x-minimum", "x-maximum")
	}
	return f.boundLines("minimum", "maximum")
}

func (f Field) boundLines(least, most string) []string {
	var lines []string
	if f.Min != "" {
		lines = append(lines, least+": "+f.Min)
	}
	if f.Max != "" {
		lines = append(lines, most+": "+f.Max)
	}
	return lines
}

func yamlNumberText(number string) string {
	if number == "" {
		return ""
	}
	return yamlQuote(number)
}

// yamlDefault returns the default as YAML.
func (f Field) yamlDefault() string {
	switch {
	case f.List && f.Type.value.quoted:
		return "[" + strings.Join(yamlScalars(f.items(*f.Default)), ", ") + "]"
	case f.holdsJSON():
		return yamlJSON(*f.Default)
	case f.Type.value.quoted:
		return yamlScalar(*f.Default)
	}
	return *f.Default
}

func yamlScalars(texts []string) []string {
	scalars := make([]string, len(texts))
	for i, text := range texts {
		scalars[i] = yamlScalar(text)
	}
	return scalars
}
