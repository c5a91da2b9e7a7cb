package scaffold

import "strings"

// reasons say what a file of the blueprint is for, by the beginning of its path;
// the first row that fits counts. "{kinds}" stands for the kind in the plural.
var reasons = []struct{ prefix, why string }{
	{"pkg/api/fossil_entry.go", "model of {kinds}"},
	{"pkg/api/presenters/fossil_entry.go", "translates {kinds} to and from what clients see"},
	{"pkg/api/openapi/fossilentries/", "types and client, as make generate writes them"},
	{"pkg/db/migrations/20260101000001_", "creates the table of {kinds}"},
	{"openapi/openapi.fossil_entries.yaml", "describes the routes and schemas of {kinds}"},
	{"pkg/dao/fossil_entry", "reads and writes the table of {kinds}"},
	{"pkg/services/fossil_entry_test.go", "tests the rules of {kinds}"},
	{"pkg/services/fossil_entry.go", "rules of {kinds}, what happens after a change"},
	{"pkg/handlers/fossil_entry.go", "serves {kinds} over HTTP"},
	{"cmd/bone-vault/server/routes_fossil_entries.go", "routes of {kinds}"},
	{"cmd/bone-vault/server/controller_fossil_entries.go", "hands events about {kinds} to their service"},
	{"cmd/bone-vault/environments/locator_fossil_entries.go", "finds the service of {kinds}"},
	{"pkg/policy/fossil_entries_test.go", "tests who may do what with {kinds}"},
	{"test/factories/fossil_entries.go", "samples of {kinds} for tests"},
	{"test/integration/fossil_entries_test.go", "tests {kinds} through HTTP"},

	{"cmd/bone-vault/environments/", "builds what the service consists of"},
	{"cmd/bone-vault/server/", "servers, middleware, routes"},
	{"cmd/bone-vault/", "the program and its commands"},
	{"pkg/api/openapi/", "types and client, as make generate writes them"},
	{"pkg/api/presenters/", "translates objects to and from what clients see"},
	{"pkg/api/", "objects as the service knows them"},
	{"pkg/apierror/", "errors as clients see them"},
	{"pkg/audit/", "who did what"},
	{"pkg/auth/devtoken/", "tokens for development"},
	{"pkg/auth/", "who sends a request, and what they may do"},
	{"pkg/client/ocm/", "access reviews by OCM"},
	{"pkg/client/", "client of other services"},
	{"pkg/config/", "flags, variables and files"},
	{"pkg/controllers/", "events to handlers"},
	{"pkg/dao/", "SQL: create, read, search, pages"},
	{"pkg/db/migrations/", "schema of the database"},
	{"pkg/db/", "sessions, transactions, locks, leaders, LISTEN/NOTIFY"},
	{"pkg/errorreport/", "errors to those who want to be told"},
	{"pkg/eventmetrics/", "metrics of events"},
	{"pkg/forwarder/", "events to NATS"},
	{"pkg/handlers/", "HTTP"},
	{"pkg/idempotency/", "answers kept for requests that come again"},
	{"pkg/logger/", "log lines"},
	{"pkg/notifications/", "events to people"},
	{"pkg/ratelimit/", "who does too much"},
	{"pkg/policy/", "who may do what"},
	{"pkg/services/", "rules, events"},
	{"pkg/sinks/", "events as others get them"},
	{"pkg/telemetry/", "traces"},
	{"pkg/watch/", "streams of changes"},
	{"pkg/webhooks/", "events to endpoints"},
	{"pkg/", "library"},
	{"docs/auth.md", "who is let in, who may do what"},
	{"docs/events.md", "what events promise, how to handle them"},
	{"docs/ocm.md", "how an access review decides, and its mock"},
	{"docs/operations.md", "health, log, metrics, traces, limits"},
	{"docs/sinks.md", "how others are told of events"},
	{"docs/", "to read"},
	{"openapi/", "the API as a document"},
	{"test/devdb/", "database for development and tests"},
	{"test/attack/", "attacks from outside: injections, forged tokens, broken requests"},
	{"test/torture/", "kills, crashes and cut connections"},
	{"test/", "tests and what they are made of"},
	{".github/", "CI"},
	{"deploy/", "deployment"},
	{".golangci.yml", "linters"},
	{".gitignore", "what git passes over"},
	{".dockerignore", "what the image passes over"},
	{"Dockerfile", "container image"},
	{"Makefile", "build, run, test"},
	{"README.md", "where to start"},
	{"go.mod.txt", "module and its dependencies"},
	{"go.sum.txt", "checksums of the dependencies"},
	{manifestFile, "what trexgen has made"},
}

// reason returns what a file of the blueprint is for.
func reason(file string, kind Name) string {
	for _, r := range reasons {
		if strings.HasPrefix(file, r.prefix) {
			return strings.ReplaceAll(r.why, "{kinds}", kind.Many().Words())
		}
	}
	return ""
}
