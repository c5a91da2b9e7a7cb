// Package ocm asks a remote service what an account may do: the access review
// of OCM (OpenShift Cluster Manager), or of whatever speaks as it does.
//
//	Reviews → answers of the last seconds
//	        → one question at a time about the same
//	        → circuit, open while nothing useful comes back
//	        → Client → POST /api/authorizations/v1/access_review
//	                   with a token by client credentials
//
// It never decides by itself: without an answer there is an error, which is a
// refusal. Mock answers in its place where there is nobody to ask, and package
// ocmtest plays the service for tests.
package ocm

import "context"

// A Review is a question: may the account do this to resources of the type?
type Review struct {
	Username     string `json:"account_username"`
	Action       string `json:"action"`
	ResourceType string `json:"resource_type"`
}

// A Reviewer answers reviews. An error means that there is no answer.
type Reviewer interface {
	Allowed(ctx context.Context, review Review) (bool, error)
}
