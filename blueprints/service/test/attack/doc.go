// Package attack tries to break the service from outside, as its enemies would:
// with forged tokens, SQL in every place that takes a text, bodies that are no
// bodies, paths that lead elsewhere, connections that never say what they want,
// and thousands of requests that chance makes of the OpenAPI document.
//
// What there is to attack, the tests read in the document that the service
// serves: a kind that is added is attacked without a change here. Whatever is
// sent, an answer
//
//   - is none of the 5xx,
//   - is what the document has for the request,
//   - tells nothing of the database or of the code,
//
// and nothing of it is an error to the log. `go test -v` shows how many requests
// of each sort were made. ATTACK_SEED repeats the choices of a run of the random
// requests, which each run logs; `go test -fuzz` goes on with FuzzSearch,
// FuzzOrderBy, FuzzFields and FuzzAfter.
package attack
