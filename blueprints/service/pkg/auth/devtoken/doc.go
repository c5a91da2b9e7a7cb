// Package devtoken makes tokens on a developer's machine, so that a service can
// be tried with authentication and without an issuer. Its key is made on first
// use, stays in a file of the developer and is marked in two ways, by its id and
// by a member of the JWK: package auth refuses what is marked unless it is told
// otherwise, and in production it never is.
//
//	<svc> token → Open → Token          serve → Open → Keys → package auth
//
// The package knows nothing of requests, and nothing that verifies tokens but
// the file may come to it.
package devtoken
