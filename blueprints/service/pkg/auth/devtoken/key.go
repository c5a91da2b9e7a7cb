package devtoken

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/MicahParks/jwkset"
)

// mark begins the id of a developer's key.
const mark = "development-only-"

// JWK is a key as JSON, and whether it says that it is a developer's.
type JWK struct {
	jwkset.JWKMarshal

	// DevelopmentOnly is true for a developer's key.
	DevelopmentOnly any `json:"development_only,omitempty"`
}

// Marked tells whether one of the two marks of a developer's key is on k.
func (k JWK) Marked() bool {
	return strings.HasPrefix(k.KID, mark) || (k.DevelopmentOnly != nil && k.DevelopmentOnly != false)
}

// newKey makes the private key and returns its file.
func newKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	thumb := sha256.Sum256(public)
	jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
		Marshal: jwkset.JWKMarshalOptions{Private: true},
		Metadata: jwkset.JWKMetadataOptions{
			KID: mark + base64.RawURLEncoding.EncodeToString(thumb[:12]), USE: jwkset.UseSig, ALG: jwkset.AlgES256,
		},
	})
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(JWK{jwk.Marshal(), true}, "", "  ")
}

// parseKey reads the file of a private key. It refuses what newKey has not made:
// the key of an issuer has no business here.
func parseKey(text []byte) (*Issuer, error) {
	var read JWK
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(read.KID, mark) || read.DevelopmentOnly != true {
		return nil, errors.New("it is not marked as a key for development")
	}
	jwk, err := jwkset.NewJWKFromMarshal(read.JWKMarshal, jwkset.JWKMarshalOptions{Private: true}, jwkset.JWKValidateOptions{})
	if err != nil {
		return nil, err
	}
	key, ok := jwk.Key().(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("it is no private key for ES256 but a %T", jwk.Key())
	}
	return whole(key, read.KID)
}

// whole returns the issuer of key. The halves may come from different files.
func whole(key *ecdsa.PrivateKey, id string) (*Issuer, error) {
	private, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	again, err := ecdsa.ParseRawPrivateKey(key.Curve, private)
	if err != nil {
		return nil, err
	}
	if !again.PublicKey.Equal(&key.PublicKey) {
		return nil, errors.New("its halves do not belong together")
	}
	return &Issuer{key: again, id: id}, nil
}
