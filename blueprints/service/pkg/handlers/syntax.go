package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// readJSON reads exactly one JSON value in UTF-8 without duplicate names, as
// encoding/json does into an any, but with the numbers as they were written.
// Anything else is an error of the code Malformed.
func readJSON(data []byte) (any, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data))
	value, err := readValue(decoder)
	if err != nil {
		return nil, syntaxError(err)
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, apierror.New(apierror.Malformed, "the body has more than one JSON value")
	}
	return value, nil
}

// readValue reads one value. The decoder bounds how deep it may be.
func readValue(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return readObject(decoder)
	case '[':
		return readArray(decoder)
	case '"':
		return token.String(), nil
	case '0':
		return json.Number(token.String()), nil
	case 't', 'f':
		return token.Bool(), nil
	}
	return nil, nil //nolint:nilnil // that is what null is
}

func readObject(decoder *jsontext.Decoder) (any, error) {
	object := map[string]any{}
	for {
		token, err := decoder.ReadToken()
		if err != nil || token.Kind() == '}' {
			return object, err
		}
		name := token.String() // before the next token takes its place
		if object[name], err = readValue(decoder); err != nil {
			return nil, err
		}
	}
}

func readArray(decoder *jsontext.Decoder) (any, error) {
	array := []any{}
	for decoder.PeekKind() != ']' {
		value, err := readValue(decoder)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := decoder.ReadToken()
	return array, err
}

func syntaxError(err error) error {
	if errors.Is(err, io.EOF) {
		return apierror.New(apierror.Malformed, "the body is empty")
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName) {
		return apierror.New(apierror.Malformed, "%.200s is given twice", fieldName(syntax.JSONPointer.Tokens()))
	}
	return apierror.New(apierror.Malformed, "the body is not JSON: %s", strings.TrimPrefix(err.Error(), "jsontext: "))
}
