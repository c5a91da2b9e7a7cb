package auth

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

type authorizerKey struct{}

// CheckList is nil if the sender of the request of ctx may also list the objects
// of a kind that the route is not about: a search over what an object refers to
// tells what is in that. The error is Forbidden, or Unavailable if it is not
// known, as it is where Authorize has let nobody through.
func CheckList(ctx context.Context, kind string) error {
	who, _ := FromContext(ctx)
	request := Request{Identity: who, Kind: kind, Verb: List}
	authorizer, ok := ctx.Value(authorizerKey{}).(Authorizer)
	if !ok {
		return apierror.Wrap(apierror.Unavailable, errNoAuthorizer)
	}
	switch decision, err := authorizer.Authorize(ctx, request); {
	case err != nil:
		return apierror.Wrap(apierror.Unavailable, err)
	case !decision.Allowed:
		return deny(ctx, request, decision.Reason)
	}
	return nil
}
