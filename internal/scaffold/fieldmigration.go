package scaffold

import (
	"fmt"
	"strings"
)

// A columnMigration adds columns to a table that has rows, while replicas that do
// not know the columns go on writing.
type columnMigration struct {
	text []byte
	why  string
	// later are the statements of a later release.
	later []string
}

// fieldMigration returns the migration that adds fields to a kind. A field that
// the rows which are there have no value for is an *InvalidError.
func fieldMigration(k Kind, fields []Field) (columnMigration, error) {
	var (
		p        problems
		m        columnMigration
		up, down []string
		columns  []string
	)
	table := `"` + k.Name.Many().Snake() + `"`
	for _, f := range fields {
		column := `"` + f.Column() + `"`
		columns = append(columns, f.Column())
		stopgap := ""
		if f.Required && f.Default == nil {
			var reason string
			if stopgap, reason = f.stopgap(); reason != "" {
				p.addf("field %s is required, and the objects that are there have none: %s", f.Name.Snake(), reason)
				continue
			}
			m.later = append(m.later, "ALTER TABLE "+table+" ALTER COLUMN "+column+" DROP DEFAULT;")
			up = append(up, stopgapComment(f, m.later[len(m.later)-1]))
		}
		up = append(up, "ALTER TABLE "+table+" ADD COLUMN "+f.columnDefinition(stopgap)+";")
		for _, index := range indexes(Kind{Name: k.Name, Fields: []Field{f}}) {
			up = append(up, "CREATE INDEX ON "+table+" "+index+";")
		}
		down = append([]string{"ALTER TABLE " + table + " DROP COLUMN " + column + ";"}, down...)
	}
	m.why = "adds " + strings.Join(columns, ", ")
	switch {
	case len(m.later) > 0:
		m.why += ": step one of two, with a stopgap that a later release drops"
	default:
		m.why += " in one step"
	}
	m.text = []byte("-- +goose Up\n" + strings.Join(up, "\n") + "\n\n-- +goose Down\n" + strings.Join(down, "\n") + "\n")
	return m, p.invalid()
}

// stopgapComment says in the migration why the default is there.
func stopgapComment(f Field, later string) string {
	return fmt.Sprintf(`-- Step one of two: the default of %s is a stopgap for the rows that are there, and for
-- replicas of the release before, which write rows without it. Change those that it
-- is wrong for. Step two, a migration of a later release, when none of these replicas
-- is left:
--   %s`, f.Column(), later)
}

// columnDefinition returns the column with its type and constraints. A stopgap
// that is not "" stands for the default, as SQL.
func (f Field) columnDefinition(stopgap string) string {
	parts := []string{`"` + f.Column() + `"`, f.ColumnType()}
	for i, part := range f.constraints() {
		parts = append(parts, part)
		if i == 0 && stopgap != "" { // behind NOT NULL
			parts = append(parts, "DEFAULT "+stopgap)
		}
	}
	return strings.Join(parts, " ")
}

// stopgap returns a value for rows that have none, as SQL, or the reason why there
// is none.
func (f Field) stopgap() (sql, reason string) {
	switch {
	case f.isRef():
		return "", "leave required out, so that they refer to nothing for the time being"
	case f.Unique && f.Type.Key == "uuid":
		return "gen_random_uuid()", ""
	case f.Unique:
		return "", "leave required out, since it is unique and no value would do for all of them"
	case f.List && f.Min != "" && f.Min != "0":
		return "", "give it a default, or leave min or required out"
	case f.List:
		return "'[]'", ""
	case f.isEnum():
		return sqlText(f.Values[0]), ""
	case f.Type.bound == boundsLength && f.Min != "":
		return "repeat('-', " + f.Min + ")", ""
	case f.Type.bound == boundsValue:
		return f.nearZero(), ""
	}
	return f.Type.stopgap, ""
}

// nearZero returns zero, or the bound that keeps it out.
func (f Field) nearZero() string {
	switch {
	case f.Min != "" && !strings.HasPrefix(f.Min, "-"):
		return f.Min
	case strings.HasPrefix(f.Max, "-"):
		return f.Max
	}
	return "0"
}
