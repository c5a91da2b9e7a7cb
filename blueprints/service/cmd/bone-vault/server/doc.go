// Package server makes a running service of an environment: the API, the
// probes of its health and its metrics, each on an address of its own, and the
// work that goes on beside requests.
//
//	request → middleware (middleware.go) → router (routes.go) → authentication
//	        → authorisation → handler of the kind
//
// All addresses are taken before anything starts, so that a busy port is an
// error at once. When told to stop, the service turns not ready, takes no more
// requests, ends streams, finishes what else is in flight, then ends the work beside them and last
// the probes and the metrics (server.go).
package server
