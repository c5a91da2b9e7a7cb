package auth

import "context"

// Identity is who sends a request.
type Identity struct {
	Subject string
	Roles   []string
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
