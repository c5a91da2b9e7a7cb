package policy_test

import "testing"

// Who may do what with fossil entries, no more and no less. Change it together
// with the line in table.go.
func TestFossilEntries(t *testing.T) {
	t.Parallel()
	matrix{
		"admin":  "list get watch create update delete",
		"editor": "list get watch create update",
		"viewer": "list get watch",
	}.check(t, "fossil_entries")
}
