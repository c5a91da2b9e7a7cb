package idempotency

import (
	"crypto/sha256"
	"fmt"
)

// Request is one that its sender may repeat.
type Request struct {
	// Key is what its sender calls it.
	Key string

	// Issuer and Subject are the sender, Method and Path say what the request is
	// about. The same key of another sender, or to another path, is another key.
	Issuer, Subject string
	Method, Path    string

	// Query and Body are what a repeat must have in common with the first, byte
	// by byte.
	Query string
	Body  []byte
}

// id is what the row of the request is found by.
func (r Request) id() []byte {
	return digest([]byte(r.Issuer), []byte(r.Subject), []byte(r.Method), []byte(r.Path), []byte(r.Key))
}

// content tells a repeat from another request with the same key.
func (r Request) content() []byte { return digest([]byte(r.Query), r.Body) }

// digest hashes each part with its length: ("a", "bc") is not ("ab", "c").
func digest(parts ...[]byte) []byte {
	hash := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return hash.Sum(nil)
}
