package auth

import (
	"context"
	"time"
)

// Identity is who sends a request.
type Identity struct {
	Subject string
	Roles   []string

	// Expires is when this has to be shown anew; never if it is zero.
	Expires time.Time
}

// anonymous is everyone when there is no authentication.
var anonymous = Identity{Subject: "anonymous", Roles: []string{RoleAdmin}}

type identityKey struct{}

// WithIdentity returns ctx with who sends the request.
func WithIdentity(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// FromContext returns who sends the request, and whether that is known.
func FromContext(ctx context.Context) (Identity, bool) {
	who, ok := ctx.Value(identityKey{}).(Identity)
	return who, ok
}
