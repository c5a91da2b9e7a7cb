package scaffold

import (
	"fmt"
	"strings"
	"unicode"
)

// metaColumns are what the table of every kind begins with.
var metaColumns = [][3]string{
	{"id", "uuid", "PRIMARY KEY"},
	{"created_at", "timestamptz", "NOT NULL"},
	{"updated_at", "timestamptz", "NOT NULL"},
	{"row_version", "bigint", "NOT NULL DEFAULT 1"},
}

// columns returns the lines of a kind's table, aligned.
func columns(k Kind) []string {
	rows := append([][3]string(nil), metaColumns...)
	for _, f := range k.Fields {
		rows = append(rows, [3]string{f.Column(), f.ColumnType(), strings.Join(f.constraints(), " ")})
	}
	names, types := 0, 0
	for _, r := range rows {
		names, types = max(names, len(r[0])), max(types, len(r[1]))
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		line := fmt.Sprintf("%-*s %-*s %s", names+2, `"`+r[0]+`"`, types, r[1], r[2])
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// indexes returns what the table of a kind has indexes for, in the order of its
// fields.
func indexes(k Kind) []string {
	var found []string
	for _, f := range k.Fields {
		switch {
		case f.Unique || !f.Index && !f.isRef(): // unique makes one by itself
		case f.ColumnType() == "jsonb":
			found = append(found, fmt.Sprintf(`USING gin ("%s")`, f.Column()))
		default:
			found = append(found, fmt.Sprintf(`("%s")`, f.Column()))
		}
	}
	return found
}

// ColumnType returns the type of the column in PostgreSQL.
func (f Field) ColumnType() string {
	switch {
	case f.List:
		return "jsonb"
	case f.Type.Key == "string" && f.Max != "":
		return "varchar(" + f.Max + ")"
	}
	return f.Type.Column
}

// constraints returns what stands behind the type of the column.
func (f Field) constraints() []string {
	var parts []string
	if f.Required {
		parts = append(parts, "NOT NULL")
	}
	if f.Default != nil {
		parts = append(parts, "DEFAULT "+f.sqlDefault())
	}
	if f.Unique {
		parts = append(parts, "UNIQUE")
	}
	if check := f.boundCheck(); check != "" {
		parts = append(parts, "CHECK ("+check+")")
	}
	if f.isEnum() {
		parts = append(parts, "CHECK ("+f.valueCheck()+")")
	}
	if f.isRef() {
		parts = append(parts, fmt.Sprintf(`REFERENCES "%s" ("id") ON DELETE RESTRICT`, f.Ref.Many().Snake()))
	}
	return parts
}

// boundCheck returns the condition of min and max, or "".
func (f Field) boundCheck() string {
	size, least, most := `"`+f.Column()+`"`, f.Min, f.Max
	switch {
	case f.List:
		size = "jsonb_array_length(" + size + ")"
	case f.Type.bound == boundsLength:
		size = "char_length(" + size + ")"
		if f.Type.Key == "string" {
			most = "" // the type says it
		}
	}
	switch {
	case least != "" && most != "":
		return size + " BETWEEN " + least + " AND " + most
	case least != "":
		return size + " >= " + least
	case most != "":
		return size + " <= " + most
	}
	return ""
}

// valueCheck returns the condition of the values of an enum.
func (f Field) valueCheck() string {
	values := make([]string, len(f.Values))
	if f.List {
		for i, value := range f.Values {
			values[i] = f.jsonOf(value)
		}
		return fmt.Sprintf(`"%s" <@ %s::jsonb`, f.Column(), sqlText("["+strings.Join(values, ",")+"]"))
	}
	for i, value := range f.Values {
		values[i] = sqlText(value)
	}
	return fmt.Sprintf(`"%s" IN (%s)`, f.Column(), strings.Join(values, ", "))
}

func (f Field) sqlDefault() string {
	if f.holdsJSON() || f.Type.value.quoted && f.Type.bound != boundsValue {
		return sqlText(*f.Default)
	}
	return *f.Default
}

// sqlText returns a text as a literal on one line. What ends a statement for the
// migration tool, a semicolon before a comment, is escaped.
func sqlText(s string) string {
	special := strings.Contains(s, ";") && strings.Contains(s, "--")
	if !special && !strings.ContainsFunc(s, unicode.IsControl) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteString("E'")
	for _, r := range s {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == ';' || unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString("'")
	return b.String()
}
