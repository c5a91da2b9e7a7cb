package policy

import "github.com/trexgen/trexgen/blueprints/service/pkg/auth"

// The roles. They come with the tokens; add those of yours here.
const (
	Admin  = auth.RoleAdmin
	Editor = "editor"
	Viewer = "viewer"
)

// Sets of verbs, to keep the lines of the table short.
var (
	Read  = []auth.Verb{auth.List, auth.Get, auth.Watch}
	Write = []auth.Verb{auth.List, auth.Get, auth.Watch, auth.Create, auth.Update}
	All   = []auth.Verb{auth.List, auth.Get, auth.Watch, auth.Create, auth.Update, auth.Delete}
)

// Table says which role may do what, kind by kind. What is not in it is not
// allowed: a role has no more than the line names, and a kind without a line is
// closed to all. `trexgen add kind` adds a line for each kind; change it as you
// see fit, together with the test beside this file.
var Table = []Row{
	{"events", Grants{Admin: Read, Editor: Read, Viewer: Read}},
	{"fossil_entries", Grants{Admin: All, Editor: Write, Viewer: Read}},
}
