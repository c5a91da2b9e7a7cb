package dao

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
)

// versionColumn is the database's own business: clients see it as the ETag.
const versionColumn = "row_version"

// column is what clients may search and order by.
type column struct {
	tsl.Column
	name     string
	nullable bool
	field    *schema.Field

	// ordersLists says that it is what lists are ordered by, see WithOrder.
	ordersLists bool

	// joined is the related table that the column belongs to; nil if it is the
	// kind's own.
	joined *join
}

// parseSchema reads the struct T as GORM does.
func parseSchema[T any]() (*schema.Schema, error) {
	parsed, err := schema.Parse(new(T), &sync.Map{}, schema.NamingStrategy{})
	if err != nil {
		return nil, fmt.Errorf("columns of %T: %w", *new(T), err)
	}
	return parsed, nil
}

// columnsOf returns the columns of a table, which goes by alias in SQL. Left
// out are those that are never read, and types that nothing can be asked of.
func columnsOf(table *schema.Schema, alias string) []column {
	var columns []column
	for _, name := range table.DBNames {
		field := table.FieldsByDBName[name]
		typ, ok := typeOf(field)
		if !ok || !field.Readable || name == versionColumn {
			continue
		}
		columns = append(columns, column{
			Column:   tsl.Column{SQL: quote(alias) + "." + quote(name), Type: typ, Bits: bitsOf(field)},
			name:     name,
			nullable: field.FieldType.Kind() == reflect.Pointer && !field.NotNull,
			field:    field,
		})
	}
	return columns
}

// dateType is what api.Date calls itself.
const dateType schema.DataType = "date"

// textTypes are the SQL types of strings that behave as text.
var textTypes = []string{"", "string", "text", "varchar", "citext"}

// typeOf tells how the values of field are searched; false means not at all.
func typeOf(field *schema.Field) (tsl.Type, bool) {
	sqlType := sqlTypeOf(field)
	if field.Serializer != nil || sqlType == "jsonb" || sqlType == "json" {
		return tsl.JSON, true
	}
	switch field.GORMDataType {
	case schema.String:
		switch sqlType {
		case "uuid":
			return tsl.UUID, true
		case "numeric", "decimal":
			return tsl.Decimal, true
		}
		return tsl.Text, slices.Contains(textTypes, sqlType)
	case dateType:
		return tsl.Date, true
	case schema.Int:
		return tsl.Int, true
	case schema.Float:
		return tsl.Float, true
	case schema.Bool:
		return tsl.Bool, true
	case schema.Time:
		return tsl.Time, true
	}
	return 0, false
}

// smallTypes are the SQL types that hold less than the 64 bits of their field
// may.
var smallTypes = map[string]int{"smallint": 16, "int2": 16, "integer": 32, "int": 32, "int4": 32, "real": 32, "float4": 32}

func bitsOf(field *schema.Field) int {
	if bits, ok := smallTypes[sqlTypeOf(field)]; ok {
		return min(bits, field.Size)
	}
	return field.Size
}

// sqlTypeOf is the type in the field's tag, without its size; often there is
// none.
func sqlTypeOf(field *schema.Field) string {
	name, _, _ := strings.Cut(strings.ToLower(field.TagSettings["TYPE"]), "(")
	return name
}

// quote quotes an identifier of SQL.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// rewritten returns the columns that the database may store in another form
// than it is given: free JSON, whose spaces and order of keys it drops, numbers
// that have a scale, ids in capitals.
func rewritten(table *schema.Schema) []clause.Column {
	var columns []clause.Column
	for _, name := range table.DBNames {
		field := table.FieldsByDBName[name]
		typ, _ := typeOf(field)
		isText := field.IndirectFieldType.Kind() == reflect.String
		isFree := field.IndirectFieldType == reflect.TypeFor[json.RawMessage]()
		if name != idColumn && (typ == tsl.Decimal || typ == tsl.UUID && isText || typ == tsl.JSON && isFree) {
			columns = append(columns, clause.Column{Name: name})
		}
	}
	return columns
}
