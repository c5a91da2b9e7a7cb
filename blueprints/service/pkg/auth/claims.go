package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/golang-jwt/jwt/v5"
)

// longestText is the number of bytes of a claim that is kept with every change.
const longestText = 1024

// claims are what is read from a token.
type claims struct {
	jwt.RegisteredClaims
	PreferredUsername text `json:"preferred_username"`
	Username          text `json:"username"`
	Email             text `json:"email"`
	AuthorizedParty   text `json:"azp"`
	ClientID          text `json:"client_id"`

	// all are the claims by name.
	all map[string]jsontext.Value
}

// UnmarshalJSON implements json.Unmarshaler. Names are compared to the letter,
// which encoding/json does not, and none may occur twice: a claim Sub that users
// may choose would else be taken for sub.
func (c *claims) UnmarshalJSON(data []byte) error {
	type plain claims
	err := jsonv2.Unmarshal(data, (*plain)(c))
	if wrong, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
		// The error itself quotes the claim, and goes to the log.
		return fmt.Errorf("claim %s is of the wrong type", wrong.JSONPointer)
	}
	if err != nil {
		return err
	}
	return jsonv2.Unmarshal(data, &c.all)
}

// identity is who the token is about; it has an expiry.
func (c *claims) identity(roles []string) Identity {
	return Identity{
		Subject: c.Subject,
		Roles:   roles,
		Claims: Claims{
			Issuer:   c.Issuer,
			Username: string(cmp.Or(c.PreferredUsername, c.Username)),
			Email:    string(c.Email),
			Client:   string(cmp.Or(c.AuthorizedParty, c.ClientID)),
		},
		Expires: c.ExpiresAt.Add(leeway),
	}
}

// text is a claim that nothing depends on: what is no text that can be stored
// counts as none, instead of making the token invalid.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	if value, ok := value.(string); ok && storable(value) {
		*t = text(value)
	}
	return nil
}

// storable tells whether a column of text takes value, and should.
func storable(value string) bool {
	return len(value) <= longestText && !strings.ContainsRune(value, 0)
}
