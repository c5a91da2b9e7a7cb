package auth

import "context"

// Verb is what a request does to objects of a kind.
type Verb string

// The verbs. What is below an object, such as an action on it, is read with Get
// and changed with Update.
const (
	List   Verb = "list"
	Get    Verb = "get"
	Watch  Verb = "watch"
	Create Verb = "create"
	Update Verb = "update"
	Delete Verb = "delete"
)

// Verbs are all there are.
func Verbs() []Verb { return []Verb{List, Get, Watch, Create, Update, Delete} }

// RoleAdmin is the role of everybody when there is no authentication.
const RoleAdmin = "admin"

// Authorizer decides what an identity may do. Its decision is final; an error
// says that it cannot tell, which is a refusal too: the client is asked to try
// again. It is called once a request, by many at a time, and honours the context.
type Authorizer interface {
	Authorize(ctx context.Context, request Request) (Decision, error)
}

// Request is what an Authorizer is asked: may this identity do this?
type Request struct {
	Identity Identity

	// Kind is what it is done to, in the plural, as in paths: order_items.
	Kind string
	Verb Verb

	// ID is that of the object; empty for what is done to the collection. There
	// need not be such an object.
	ID string

	// Subresource is what is below the object or the collection, as in the
	// template of the route: publish, tags/{tag}. Mostly there is none.
	Subresource string
}

// Decision is the answer of an Authorizer. Its zero value is a refusal.
type Decision struct {
	Allowed bool

	// Reason is why, for the log. The client does not get to see it.
	Reason string
}
