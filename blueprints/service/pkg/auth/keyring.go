package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth/devtoken"
)

// minRSABits and maxRSABits bound the keys of RSA: weaker ones can be broken,
// and larger ones make every token expensive.
const minRSABits, maxRSABits = 2048, 16384

// algorithms are those with a public key, each with the keys that it is for.
// Neither none nor HMAC is among them: with HMAC the public key would be the
// secret.
var algorithms = map[string]func(key any) bool{
	"RS256": isRSA, "RS384": isRSA, "RS512": isRSA,
	"PS256": isRSA, "PS384": isRSA, "PS512": isRSA,
	"ES256": onCurve(elliptic.P256()), "ES384": onCurve(elliptic.P384()), "ES512": onCurve(elliptic.P521()),
	"EdDSA": isEd25519,
}

func algorithmNames() []string { return slices.Sorted(maps.Keys(algorithms)) }

func isRSA(key any) bool {
	_, ok := key.(*rsa.PublicKey)
	return ok
}

func isEd25519(key any) bool {
	_, ok := key.(ed25519.PublicKey)
	return ok
}

func onCurve(curve elliptic.Curve) func(key any) bool {
	return func(key any) bool {
		public, ok := key.(*ecdsa.PublicKey)
		return ok && public.Curve == curve
	}
}

var (
	// errUnknownKey is about a token with a key id that is not known, or not yet.
	errUnknownKey = errors.New("the key of the token is unknown")

	// errExposed is about keys with which others can sign tokens.
	errExposed = errors.New("keys of tokens must not be believed")
)

// keyring is a set of keys, and never changes.
type keyring struct {
	keys   []publicKey
	loaded time.Time
}

// publicKey verifies signatures. An empty algorithm allows all that it fits.
type publicKey struct {
	id        string
	algorithm string
	key       any
}

// find returns what may verify token: the keys with its key id, or all keys if
// it names none, that are for its algorithm.
func (r *keyring) find(token *jwt.Token) (jwt.VerificationKeySet, error) {
	var found jwt.VerificationKeySet
	id, named := token.Header["kid"]
	known := !named
	for _, key := range r.keys {
		if named && id != key.id {
			continue
		}
		known = true
		if algorithm := token.Method.Alg(); algorithms[algorithm](key.key) && (key.algorithm == "" || key.algorithm == algorithm) {
			found.Keys = append(found.Keys, key.key)
		}
	}
	switch {
	case !known:
		return found, errUnknownKey
	case len(found.Keys) == 0:
		return found, fmt.Errorf("no such key is for %s", token.Method.Alg())
	}
	return found, nil
}

// parseKeys keeps the public keys for signatures of a JWK set. It skips what is
// not known, so that an issuer can add other keys, and says in skipped which of
// the keys for signatures are no good. None that is good is an error. It is
// errExposed if a private key is among them, or a developer's unless allowDev.
func parseKeys(text []byte, allowDev bool) (keys []publicKey, skipped, err error) {
	var set struct{ Keys []devtoken.JWK }
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, nil, fmt.Errorf("keys of tokens: %w", err)
	}
	var exposed, bad []error
	for i, jwk := range set.Keys {
		which := fmt.Sprintf("key %d, %q", i+1, jwk.KID)
		if err := exposes(jwk, allowDev); err != nil {
			exposed = append(exposed, fmt.Errorf("%s: %w", which, err))
			continue
		}
		key, err := parseKey(jwk.JWKMarshal)
		switch {
		case err != nil:
			bad = append(bad, fmt.Errorf("%s: %w", which, err))
		case key != nil:
			keys = append(keys, *key)
		}
	}
	skipped = errors.Join(bad...)
	switch {
	case exposed != nil:
		return nil, nil, fmt.Errorf("%w: %w", errExposed, errors.Join(exposed...))
	case len(keys) == 0:
		return nil, nil, errors.Join(errors.New("keys of tokens: none is a public key for signatures"), skipped)
	}
	return keys, skipped, nil
}

// exposes says why others than an issuer can sign with a key.
func exposes(key devtoken.JWK, allowDev bool) error {
	if key.KTY != jwkset.KtyOct && (key.D+key.P+key.Q+key.DP+key.DQ+key.QI != "" || len(key.OTH) > 0) {
		return errors.New("its private half is in the set, and whoever reads that can sign tokens; leave out d, p, q, dp, dq, qi and oth, and replace the key if others may have seen it")
	}
	if key.Marked() && !allowDev {
		return errors.New("it is one of a developer, made by the command token; name the keys of your issuer")
	}
	return nil
}

// parseKey returns nil for a key that is not for verifying signatures, and an
// error for one that is, but cannot.
func parseKey(from jwkset.JWKMarshal) (*publicKey, error) {
	if from.USE != "" && from.USE != jwkset.UseSig {
		return nil, nil
	}
	if len(from.KEYOPS) > 0 && !slices.Contains(from.KEYOPS, jwkset.KeyOpsVerify) {
		return nil, nil
	}
	jwk, err := jwkset.NewJWKFromMarshal(from, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
	if err != nil {
		return nil, err
	}
	key := &publicKey{id: from.KID, algorithm: from.ALG.String(), key: jwk.Key()}
	if public, ok := key.key.(*rsa.PublicKey); ok {
		if bits := public.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return nil, fmt.Errorf("a key for RSA needs %d to %d bits, and it has %d", minRSABits, maxRSABits, bits)
		}
	}
	for name, fits := range algorithms {
		if fits(key.key) && (key.algorithm == "" || key.algorithm == name) {
			return key, nil
		}
	}
	return nil, nil
}
