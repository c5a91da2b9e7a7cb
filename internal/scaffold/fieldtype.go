package scaffold

import (
	"path"
	"strings"
)

// A FieldType is one row of the table of types that a field may have. All that
// is generated for a field follows from its row, so a type is added by adding
// one.
type FieldType struct {
	// Key is the word in a field's specification, Arg what stands behind it in
	// parentheses: "Kind".
	Key, Arg string
	// Doc says in a few words what values there are.
	Doc string
	// Go is the type of a required field in Go, in the package Import if that is
	// not "". An optional field is a pointer to it. It is "" for an enum, which has
	// a type of its own.
	Go     string
	Import string
	// Column is the type of the column in PostgreSQL.
	Column string
	// GORM is what the model says of the column beside its name.
	GORM string
	// Schema is the type in OpenAPI.
	Schema Schema
	// Factory is what the function for this type in the project's package
	// factories is called: String makes String("title").
	Factory string

	parseArg func(p *problems, spec string, f *Field, arg string)
	bound    bound
	value    valueForm
	// stopgap tells nobody anything, as SQL; "" where the field says what it is.
	stopgap string
	// refuses says why fields of the type may not have some modifiers; "[]" why
	// there are no lists of it.
	refuses map[string]string
}

// A Schema is the type of a field in OpenAPI 3.0. Each part may be "". GoType is
// the type in Go where the generator would choose another.
type Schema struct{ Type, Format, GoType string }

// modelPackage stands for the project's own package of models in Import.
const modelPackage = "api"

// fieldTypes is the table, in the order in which help shows it.
var fieldTypes = []FieldType{
	{
		Key: "string", Doc: "text on one line or a few, of 255 characters at most unless max says otherwise",
		Go: "string", Column: "varchar(255)", Schema: Schema{Type: "string"}, Factory: "String",
		bound: boundsLength, value: textValue,
		stopgap: "''",
	},
	{
		Key: "text", Doc: "text of any length",
		Go: "string", Column: "text", Schema: Schema{Type: "string"}, Factory: "Text",
		bound: boundsLength, value: textValue,
		refuses: map[string]string{
			"unique": "an index holds about 2,700 bytes of a value, and a text may be longer: use string",
			"index":  "an index holds about 2,700 bytes of a value, and a text may be longer: use string",
		},
		stopgap: "''",
	},
	{
		Key: "int", Doc: "whole number of 32 bits",
		Go: "int32", Column: "integer", Schema: Schema{Type: "integer", Format: "int32"}, Factory: "Int",
		bound: boundsValue, value: valueForm{parse: parseInt(32), code: bareCode},
	},
	{
		Key: "int64", Doc: "whole number of 64 bits",
		Go: "int64", Column: "bigint", Schema: Schema{Type: "integer", Format: "int64"}, Factory: "Int64",
		bound: boundsValue, value: valueForm{parse: parseInt(64), code: bareCode},
	},
	{
		Key: "float", Doc: "floating-point number of 64 bits",
		Go: "float64", Column: "double precision", Schema: Schema{Type: "number", Format: "double"}, Factory: "Float",
		bound: boundsValue, value: valueForm{parse: parseFloat, code: bareCode},
	},
	{
		Key: "decimal", Doc: "decimal number without rounding, a string in JSON",
		Go: "Decimal", Import: "github.com/shopspring/decimal", Column: "numeric", GORM: "type:numeric",
		Schema: Schema{Type: "string", Format: "decimal"}, Factory: "Decimal",
		bound: boundsValue, value: valueForm{parse: parseDecimal, quoted: true, code: callCode("decimal.RequireFromString")},
	},
	{
		Key: "bool", Doc: "true or false",
		Go: "bool", Column: "boolean", Schema: Schema{Type: "boolean"}, Factory: "Bool",
		value:   valueForm{parse: parseBool, code: bareCode},
		refuses: map[string]string{"unique": "there would be two objects at most"},
		stopgap: "false",
	},
	{
		Key: "time", Doc: "moment in UTC with microseconds",
		Go: "Time", Import: "time", Column: "timestamptz", Schema: Schema{Type: "string", Format: "date-time"}, Factory: "Time",
		value:   valueForm{parse: parseTime, quoted: true, code: timeCode},
		stopgap: "now()",
	},
	{
		Key: "date", Doc: "day without a time zone, 2026-01-31",
		Go: "Date", Import: modelPackage, Column: "date", Schema: Schema{Type: "string", Format: "date"}, Factory: "Date",
		value:   valueForm{parse: parseDate, quoted: true, code: dateCode},
		stopgap: "CURRENT_DATE",
	},
	{
		Key: "uuid", Doc: "UUID of 36 characters",
		Go: "UUID", Import: "github.com/google/uuid", Column: "uuid", GORM: "type:uuid",
		Schema: Schema{Type: "string", Format: "uuid"}, Factory: "UUID",
		value:   valueForm{parse: parseUUID, quoted: true, code: callCode("uuid.MustParse")},
		stopgap: "'00000000-0000-0000-0000-000000000000'",
	},
	{
		Key: "json", Doc: "any JSON value",
		Go: "RawMessage", Import: "encoding/json", Column: "jsonb", GORM: "serializer:json",
		Schema: Schema{GoType: "json.RawMessage"}, Factory: "JSON",
		value: valueForm{parse: parseJSON, code: jsonCode},
		refuses: map[string]string{
			"unique": "an index holds about 2,700 bytes of a value, and JSON may be longer",
			"[]":     "a json holds lists already",
		},
		stopgap: "'{}'",
	},
	{
		Key: "enum", Arg: "a|b|c", Doc: "one of the values, letters, digits, _ and -",
		Column: "text", Schema: Schema{Type: "string"}, Factory: "Enum",
		parseArg: parseEnumValues, value: valueForm{parse: parseText, quoted: true},
		refuses: map[string]string{"unique": "there would be no more objects than values"},
	},
	{
		Key: "ref", Arg: "Kind", Doc: "object of a kind, by its id; deleting that is refused meanwhile",
		Go: "string", Column: "uuid", GORM: "type:uuid", Schema: Schema{Type: "string", Format: "uuid", GoType: "string"}, Factory: "Ref",
		parseArg: parseRefKind, value: valueForm{parse: parseUUID, quoted: true},
		refuses: map[string]string{
			"default": "no object is there from the start",
			"[]":      "the database could not hold them together: make a kind for the connection, with two refs",
		},
	},
}

// listRefuses says why lists may not have some modifiers.
var listRefuses = map[string]string{
	"unique": "lists are searched by what is in them, not compared",
}

// typeWords are the keys, and what others call these types.
var typeWords = func() map[string]string {
	words := map[string]string{
		"str": "string", "varchar": "string", "char": "string", "integer": "int", "int32": "int", "smallint": "int", "long": "int64",
		"bigint": "int64", "number": "float", "double": "float", "float64": "float", "numeric": "decimal", "money": "decimal",
		"boolean": "bool", "timestamp": "time", "timestamptz": "time", "datetime": "time", "guid": "uuid", "jsonb": "json",
		"object": "json", "map": "json", "array": "[]string", "list": "[]string", "reference": "ref(Kind)", "references": "ref(Kind)",
		"belongs_to": "ref(Kind)", "enum": "enum(a|b|c)", "ref": "ref(Kind)", "clob": "text",
	}
	for _, t := range fieldTypes {
		words[t.Key] = t.Usage()
	}
	return words
}

// FieldTypes returns the types that a field may have, for help and prompts.
func FieldTypes() []FieldType { return append([]FieldType(nil), fieldTypes...) }

// Usage returns the type as it is written: enum(a|b|c).
func (t FieldType) Usage() string {
	if t.Arg == "" {
		return t.Key
	}
	return t.Key + "(" + t.Arg + ")"
}

// GoType returns the type of a required field as it is written in Go outside of
// its package: decimal.Decimal. That of an enum is called after kind and field.
func (t FieldType) GoType() string {
	switch {
	case t.Go == "":
		return modelPackage + ".KindField"
	case t.Import == "":
		return t.Go
	}
	return path.Base(t.Import) + "." + t.Go
}

// fieldType returns the row of a key, or nil.
func fieldType(key string) *FieldType {
	for i := range fieldTypes {
		if fieldTypes[i].Key == key {
			return &fieldTypes[i]
		}
	}
	return nil
}

// typeKeys lists the types for messages: "string, int, …".
func typeKeys() string {
	keys := make([]string, len(fieldTypes))
	for i := range fieldTypes {
		keys[i] = fieldTypes[i].Usage()
	}
	return strings.Join(keys, ", ")
}
