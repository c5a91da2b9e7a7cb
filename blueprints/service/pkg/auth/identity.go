package auth

import (
	"context"
	"sync/atomic"
	"time"
)

// Identity is who sends a request.
type Identity struct {
	Subject string
	Roles   []string
	Claims  Claims

	// Expires is when this has to be shown anew; never if it is zero.
	Expires time.Time
}

// Claims are what a token says about its subject besides, for those who read
// later who did what. The policy does not go by them; another Authorizer may.
// What a token does not have, or not as a text that can be stored, is empty.
type Claims struct {
	// Issuer is who vouches for the rest: a subject is unique only with it.
	Issuer string `json:"issuer,omitempty"`

	// Username is the claim preferred_username or username, Email the claim email.
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`

	// Client is the program that asked for the token: the claim azp or client_id.
	Client string `json:"client,omitempty"`
}

// anonymous is everyone when there is no authentication.
var anonymous = Identity{Subject: "anonymous", Roles: []string{RoleAdmin}}

type identityKey struct{}

type expectKey struct{}

// WithIdentity returns ctx with who sends the request, and tells whoever expects
// to know.
func WithIdentity(ctx context.Context, who Identity) context.Context {
	if told, ok := ctx.Value(expectKey{}).(*atomic.Pointer[Identity]); ok {
		// Work on behalf of someone else must not pass for the request's sender.
		told.CompareAndSwap(nil, &who)
	}
	return context.WithValue(ctx, identityKey{}, who)
}

// FromContext returns who sends the request, and whether that is known.
func FromContext(ctx context.Context) (Identity, bool) {
	who, ok := ctx.Value(identityKey{}).(Identity)
	return who, ok
}

// ExpectIdentity is for what stands outside of authentication, such as the log:
// it returns a context for the request, and a function that says who the sender
// was found to be, or false as long as nobody was.
func ExpectIdentity(ctx context.Context) (context.Context, func() (Identity, bool)) {
	var told atomic.Pointer[Identity]
	return context.WithValue(ctx, expectKey{}, &told), func() (Identity, bool) {
		if who := told.Load(); who != nil {
			return *who, true
		}
		return Identity{}, false
	}
}
