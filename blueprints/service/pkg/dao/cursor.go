package dao

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// cursor is a place between two rows of a list: after the row with these keys.
// Clients get it as opaque text.
type cursor struct {
	// Order is the order that it belongs to.
	Order string `json:"o"`

	// Keys are the values of the order's columns, as the database writes them
	// in JSON.
	Keys json.RawMessage `json:"k"`
}

// encode returns the cursor after the row with these keys.
func (o ordering) encode(keys string) (string, error) {
	text, err := json.Marshal(cursor{Order: o.String(), Keys: json.RawMessage(keys)})
	if err != nil {
		return "", fmt.Errorf("cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// decode returns the keys of a cursor, one a column; nil stands for null. What
// a client made up or changed is a QueryError like any other: its values have
// the types of their columns or do not get past.
func (o ordering) decode(after string) ([]any, error) {
	broken := &QueryError{"after", "this is not the next of a list"}
	text, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return nil, broken
	}
	var c cursor
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, broken
	}
	if c.Order != o.String() {
		return nil, &QueryError{"after", fmt.Sprintf("it belongs to a list with another orderBy (%.200q)", c.Order)}
	}
	values, err := decodeKeys(c.Keys)
	if err != nil || len(values) != len(o) {
		return nil, broken
	}
	for i, value := range values {
		key, ok := o[i].key(value)
		if !ok {
			return nil, broken
		}
		values[i] = key
	}
	return values, nil
}

// decodeKeys keeps numbers as they are written: int64 does not fit a float64.
func decodeKeys(text []byte) (values []any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("trailing text")
	}
	return values, nil
}

// key returns a value of JSON as the column's type.
func (t orderTerm) key(value any) (any, bool) {
	switch value := value.(type) {
	case nil:
		return nil, t.nullable
	case string:
		return t.Parse(value)
	case json.Number:
		return t.Parse(value.String())
	case bool:
		return t.Parse(strconv.FormatBool(value))
	}
	return nil, false
}

// after returns the condition that a row comes after keys, with its arguments.
func (o ordering) after(keys []any) (string, []any) {
	if o.uniform() {
		columns := o.join(func(t orderTerm) string { return t.SQL })
		marks := strings.TrimSuffix(strings.Repeat("?,", len(o)), ",")
		return fmt.Sprintf("(%s) %s (%s)", columns, o[0].beyond(), marks), keys
	}
	return o.afterEach(keys)
}

// uniform tells whether rows can be compared as a whole, which an index serves:
// all columns have one direction, and none is ever null.
func (o ordering) uniform() bool {
	for _, term := range o {
		if term.nullable || term.descending != o[0].descending {
			return false
		}
	}
	return true
}

// afterEach compares column by column:
//
//	a > ? OR (a = ? AND (b < ? OR …))
//
// where null equals null and comes after all else.
func (o ordering) afterEach(keys []any) (string, []any) {
	term, key := o[0], keys[0]
	var clauses []string
	var args []any
	if key != nil {
		clauses = append(clauses, term.SQL+" "+term.beyond()+" ?")
		args = append(args, key)
		if term.nullable {
			clauses = append(clauses, term.SQL+" IS NULL")
		}
	}
	if len(o) > 1 {
		equal := term.SQL + " IS NULL"
		if key != nil {
			equal = term.SQL + " = ?"
			args = append(args, key)
		}
		rest, restArgs := o[1:].afterEach(keys[1:])
		clauses = append(clauses, equal+" AND "+rest)
		args = append(args, restArgs...)
	}
	if len(clauses) == 0 {
		return "FALSE", nil
	}
	return "(" + strings.Join(clauses, " OR ") + ")", args
}

// beyond is the comparison of what comes later.
func (t orderTerm) beyond() string {
	if t.descending {
		return "<"
	}
	return ">"
}
