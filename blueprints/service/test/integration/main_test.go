// Package integration_test tests the service as its clients see it: over HTTP,
// on a real PostgreSQL.
package integration_test

import (
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }
