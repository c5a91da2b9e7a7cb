// Package auth says who sends a request and what they may do. It fails closed:
// what is missing, unknown or broken is a refusal.
//
//	Authorization: Bearer … → Authenticator → Identity in the context
//	                                        → Authorize → Authorizer: may this
//	                                          identity do this verb on this kind?
//
// Tokens are JWTs with an asymmetric signature. The package never issues them
// (package devtoken does, for development), never accepts a shared secret as a
// key, never takes a key or its address from a token, and keeps no sessions.
package auth
