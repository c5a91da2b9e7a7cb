package auth

import (
	"errors"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var errRoles = errors.New("the roles of the token are neither a list of strings nor one string")

// roles returns the roles that claims have at path: a list, or one string that
// is one role. Without that claim there are none; if it is of another type, that
// is an error.
func roles(claims map[string]jsontext.Value, path string) ([]string, error) {
	value, found := find(claims, path)
	if !found || value.Kind() == 'n' {
		return nil, nil
	}
	switch value.Kind() {
	case '"':
		var role string
		err := jsonv2.Unmarshal(value, &role)
		return []string{role}, err
	case '[':
		// A null among them must not become the role "".
		var list []*string
		if err := jsonv2.Unmarshal(value, &list); err != nil {
			return nil, errRoles
		}
		names := make([]string, 0, len(list))
		for _, role := range list {
			if role == nil {
				return nil, errRoles
			}
			names = append(names, *role)
		}
		return names, nil
	}
	return nil, errRoles
}

// find returns the claim called path, or the one that path leads to:
//
//	https://example.com/roles ⇒ claims["https://example.com/roles"]
//	realm_access.roles        ⇒ claims["realm_access"]["roles"]
//
// Names of claims may have dots in them: the longest comes first.
func find(claims map[string]jsontext.Value, path string) (jsontext.Value, bool) {
	if value, found := claims[path]; found {
		return value, true
	}
	for end := strings.LastIndexByte(path, '.'); end > 0; end = strings.LastIndexByte(path[:end], '.') {
		var inner map[string]jsontext.Value
		if value, found := claims[path[:end]]; !found || jsonv2.Unmarshal(value, &inner) != nil {
			continue
		}
		if value, found := find(inner, path[end+1:]); found {
			return value, true
		}
	}
	return nil, false
}
