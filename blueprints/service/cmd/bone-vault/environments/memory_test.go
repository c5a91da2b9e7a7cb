package environments_test

import (
	"runtime/debug"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
)

// It is not parallel: the setting is the process's.
func TestTuneMemoryLeavesItToTheStandardVariables(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, tt := range []struct {
		set  string
		want int
	}{{"", 300}, {"GOGC", 100}, {"GOMEMLIMIT", 100}} {
		debug.SetGCPercent(100)
		environments.TuneMemory(func(name string) (string, bool) {
			if name == tt.set {
				return "50", true
			}
			return "", false
		})
		if got := debug.SetGCPercent(100); got != tt.want {
			t.Errorf("with %q set: got %d percent, want %d", tt.set, got, tt.want)
		}
	}
}
