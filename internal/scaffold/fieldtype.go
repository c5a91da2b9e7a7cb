package scaffold

import "strings"

// A FieldType is one row of the table of types that a field may have. All that
// is generated for a field follows from its row, so a type is added by adding
// one.
type FieldType struct {
	// Key is the word in a field's specification.
	Key string
	// Doc says in a few words what values there are.
	Doc string
	// Go is the type of a required field in Go, in the package Import if that is
	// not "". An optional field is a pointer to it.
	Go     string
	Import string
	// Column is the type of the column in PostgreSQL.
	Column string
	// Schema is the type in OpenAPI.
	Schema Schema
	// Factory is what the functions for this type in the project's package
	// factories are called: String makes String("title") and SampleString(…).
	Factory string
	// NamesSample says that samples differ by the name of the field too.
	NamesSample bool
}

// A Schema is the type of a field in OpenAPI 3.0. Format may be "".
type Schema struct{ Type, Format string }

// fieldTypes is the table, in the order in which help shows it.
var fieldTypes = []FieldType{
	{
		Key: "string", Doc: "text", Go: "string", Column: "text",
		Schema: Schema{Type: "string"}, Factory: "String", NamesSample: true,
	},
	{
		Key: "int", Doc: "whole number of 32 bits", Go: "int32", Column: "integer",
		Schema: Schema{Type: "integer", Format: "int32"}, Factory: "Int",
	},
	{
		Key: "int64", Doc: "whole number of 64 bits", Go: "int64", Column: "bigint",
		Schema: Schema{Type: "integer", Format: "int64"}, Factory: "Int64",
	},
	{
		Key: "float", Doc: "floating-point number of 64 bits", Go: "float64", Column: "double precision",
		Schema: Schema{Type: "number", Format: "double"}, Factory: "Float",
	},
	{
		Key: "bool", Doc: "true or false", Go: "bool", Column: "boolean",
		Schema: Schema{Type: "boolean"}, Factory: "Bool",
	},
	{
		Key: "time", Doc: "moment in UTC with microseconds", Go: "Time", Import: "time", Column: "timestamptz",
		Schema: Schema{Type: "string", Format: "date-time"}, Factory: "Time",
	},
}

// FieldTypes returns the types that a field may have, for help and prompts.
func FieldTypes() []FieldType { return append([]FieldType(nil), fieldTypes...) }

// fieldType returns the row of a key, or nil.
func fieldType(key string) *FieldType {
	for i := range fieldTypes {
		if fieldTypes[i].Key == key {
			return &fieldTypes[i]
		}
	}
	return nil
}

// typeKeys lists the keys for messages: "string, int, …".
func typeKeys() string {
	keys := make([]string, len(fieldTypes))
	for i, t := range fieldTypes {
		keys[i] = t.Key
	}
	return strings.Join(keys, ", ")
}
