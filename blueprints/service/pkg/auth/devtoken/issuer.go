package devtoken

import (
	"crypto/ecdsa"
	"encoding/json"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// Issuer signs tokens with the key of a developer.
type Issuer struct {
	key *ecdsa.PrivateKey
	id  string
}

// Token returns a token with these claims, which are the caller's alone.
func (i *Issuer) Token(claims map[string]any) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims(claims))
	token.Header["kid"] = i.id
	return token.SignedString(i.key)
}

// Keys are what verifies the tokens: a JWK set with the public half of the key.
// It has the marks.
func (i *Issuer) Keys() ([]byte, error) {
	jwk, err := jwkset.NewJWKFromKey(&i.key.PublicKey, jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{KID: i.id, USE: jwkset.UseSig, ALG: jwkset.AlgES256},
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string][]JWK{"keys": {{jwk.Marshal(), true}}})
}
