// Package plan holds what trexgen is about to do to a directory, as a value, and carries it out.
//
//	inputs ─▶ Plan ─▶ Verify ─▶ Diff, JSON (dry runs)
//	                    └─────▶ CreateTree (a new directory) or Apply (an existing one)
//
// A [Plan] is a sorted list of changes with the bytes before and after. Diffs, dry runs and tests are views of it.
// [Verify] looks at the bytes alone. [Apply] and [CreateTree] are the only code of trexgen that writes into people's
// directories, and each is all or nothing: after an error, a cancelled context or a killed process the directory is
// wholly as it was or wholly as planned, once [Recover] has run where a process was killed.
//
// The package knows nothing of kinds, names or blueprints, asks nobody and starts no process. Files are not synced to
// the disk: the promise covers the death of the process, not of the machine.
package plan
