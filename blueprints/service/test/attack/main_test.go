package attack

import (
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }
