package auth

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// longestText is the number of bytes of a claim that is kept with every change.
const longestText = 1024

// claims are what is read from a token. roles may be a list or one string.
type claims struct {
	jwt.RegisteredClaims
	Roles             jwt.ClaimStrings `json:"roles"`
	PreferredUsername text             `json:"preferred_username"`
	Username          text             `json:"username"`
	Email             text             `json:"email"`
	AuthorizedParty   text             `json:"azp"`
	ClientID          text             `json:"client_id"`
}

// identity is who the token is about; it has an expiry.
func (c *claims) identity() Identity {
	return Identity{
		Subject: c.Subject,
		Roles:   c.Roles,
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
