package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// parseJSON returns a JSON value without spaces. Null is refused: it is what an
// optional field has anyway, and a required one never.
func parseJSON(s string) (string, error) {
	value := jsontext.Value(s)
	if err := value.Format(); err != nil {
		return "", fmt.Errorf("is no JSON (%w); texts stand in double quotes inside of single ones: '\"text\"'", err)
	}
	if value.Kind() == 'n' {
		return "", errors.New("is what an optional field has without one: leave it out")
	}
	if err := checkJSON(value); err != nil {
		return "", err
	}
	return string(value), nil
}

// maxDepth is how deep JSON may be nested: what the service takes.
const maxDepth = 100

// checkJSON refuses JSON that the service or PostgreSQL does not keep.
func checkJSON(value jsontext.Value) error {
	d := jsontext.NewDecoder(bytes.NewReader(value))
	for {
		token, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case d.StackDepth() > maxDepth:
			return fmt.Errorf("is nested deeper than %d levels", maxDepth)
		case token.Kind() == '"' && strings.ContainsRune(token.String(), 0):
			return errors.New("has a NUL byte, which PostgreSQL does not keep")
		case token.Kind() == '0':
			if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
				return fmt.Errorf("has the number %s, for which there is no room", token.String())
			}
		}
	}
}

// jsonItems returns the items of a JSON array.
func jsonItems(s string) ([]jsontext.Value, error) {
	value := jsontext.Value(s)
	if err := value.Format(); err != nil || value.Kind() != '[' {
		return nil, errors.New(`is no list in JSON, such as ["a","b"] or [1,2]`)
	}
	var items []jsontext.Value
	d := jsontext.NewDecoder(bytes.NewReader(value))
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() != ']' {
		var item jsontext.Value
		item, err = d.ReadValue()
		items = append(items, slices.Clone(item))
	}
	return items, err
}

// parseValue returns the canonical form of a value that the field may have, but
// for its bounds.
func (f Field) parseValue(s string) (string, error) {
	if !f.List {
		return f.parseItem(s)
	}
	items, err := jsonItems(s)
	if err != nil {
		return "", err
	}
	canonical := make([]string, len(items))
	for i, item := range items {
		text, err := f.parseJSONItem(item)
		if err != nil {
			return "", fmt.Errorf("has %s, which %w", item, err)
		}
		canonical[i] = f.jsonOf(text)
	}
	return "[" + strings.Join(canonical, ",") + "]", nil
}

// parseJSONItem returns the canonical form of an item of a list.
func (f Field) parseJSONItem(item jsontext.Value) (string, error) {
	if !f.Type.value.quoted {
		return f.parseItem(string(item))
	}
	text, err := jsontext.AppendUnquote(nil, item)
	if err != nil {
		return "", errors.New("is no text in double quotes")
	}
	canonical, err := f.parseItem(string(text))
	if limit, ok := f.itemLength(); err == nil && ok && len([]rune(canonical)) > limit {
		return "", fmt.Errorf("is longer than %d characters", limit)
	}
	return canonical, err
}

func (f Field) parseItem(s string) (string, error) {
	if f.isEnum() && !slices.Contains(f.Values, s) {
		return "", fmt.Errorf("is none of the values %s", strings.Join(f.Values, ", "))
	}
	return f.Type.value.parse(s)
}

// items returns the canonical forms of the items of a list in canonical form.
func (f Field) items(list string) []string {
	items, err := jsonItems(list)
	if err != nil {
		panic("a list in canonical form is none: " + err.Error())
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = string(item)
		if f.Type.value.quoted {
			text, err := jsontext.AppendUnquote(nil, item)
			if err != nil {
				panic("a list in canonical form has other items: " + err.Error())
			}
			texts[i] = string(text)
		}
	}
	return texts
}

// jsonOf returns a value of the field's type in canonical form as JSON.
func (f Field) jsonOf(canonical string) string {
	if !f.Type.value.quoted {
		return canonical
	}
	quoted, err := jsontext.AppendQuote(nil, canonical)
	if err != nil {
		panic("a text in canonical form is none: " + err.Error())
	}
	return string(quoted)
}
