// Package scaffold turns what people ask for (a service, a kind, its fields)
// into a plan of changes to files.
//
//	words of a command line → Service, Kind, Field → plan.Plan
//
// It is pure: files come in through fs.FS and go out as a plan, the time comes
// from the caller, nothing is run and nothing is written.
//
// The blueprint is a real service with one exemplar kind. A new service is the
// blueprint with the exemplar taken out; a new kind is the exemplar's files
// under another name, with the regions that depend on fields (holes) rendered
// anew, plus one line in each file that lists kinds (wiring). Taking the
// exemplar out and adding it again gives the blueprint, byte for byte.
package scaffold
