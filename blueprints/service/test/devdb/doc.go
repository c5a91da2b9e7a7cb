// Package devdb gives development and tests a PostgreSQL without set-up, and
// each test a database of its own. Production never imports it.
//
// The server is the one of DATABASE_URL if that is set. Else a private one is
// started, in the first of these ways that the machine has: the programs of
// PostgreSQL (on PATH or where packages put them), docker or podman, a
// download. It listens on the loopback with a random password, and ends with
// the process that started it, its files too, however that process ends.
//
// A package whose tests need a database has
//
//	func TestMain(m *testing.M) { devdb.Main(m) }
//
// and asks for as many as it likes:
//
//	url := devdb.New(t)   // migrated
//	url := devdb.Empty(t) // not migrated
//
// New clones a template that is migrated once for each state of the
// migrations, which takes some 30 ms. Packages are tested by one process each;
// `go run ./test/devdb/run -- go test ./...` gives them one server together.
package devdb
