// Package patch edits source files that people own, by splicing bytes.
//
//	bytes ──Parse──▶ File ──Op.Add──▶ []Edit ──File.Apply──▶ bytes
//	                  AST finds         pure        splice, then align
//
// The syntax tree only says where; it is never changed and never printed, because printing a changed tree moves comments.
// What an operation does not insert stays byte for byte as it was: comments, blank lines, line endings (CRLF is kept and
// used for what is inserted), a byte order mark, a missing final newline. One thing may move, and only in a file that was
// gofmt-clean before: the alignment of the declarations that were touched, so that the file is gofmt-clean again.
// Line endings, byte order mark and final newline do not count when a file is judged; one with mixed endings is not clean.
//
// An [Op] is one line of wiring, or a few declarations. It is idempotent by syntax: spacing, line breaks and comments make
// no difference to whether something is there. Remove undoes Add. An anchor that is missing, that is there twice or that
// stands in generated code is an error that quotes the lines to write by hand.
//
// # Where things go
//
// Fields, elements and statements go behind the last one, in front of comments that close the list; into a list without
// items, behind its comments. Statements go in front of a final return and the comment that touches it; a comment
// with a blank line on either side heads what follows, so it stays above. A list on one line stays on one line, but for
// an empty pair of braces, which opens up. [InFrontOf] puts them in front of others, and of the comments that touch these.
// Imports join the group with the longest common path, in order.
// Declarations go to the end of the file.
// A [Row] is recognised by its first value alone: the rest is what its owner makes of it.
//
// # What people do to anchors
//
// They move them to another file of the package: [Locate] finds them there. They rename receivers: a [Stmt] follows if it
// says what its code calls its own. They wrap calls around a list: an [Elem] goes into the only slice, array or map among
// the arguments. They wrap a call around a body: a [Stmt] goes to where statements like it are; if there are none, only
// they know what the call does with the function that it is passed, so that it is refused with the lines of both places.
//
// # Where Remove after Add is not the identity
//
// For gofmt-clean files it is, byte for byte, save where two files lead to the same one: empty braces that stood on two
// lines without a comment come back as {}, and a line with several items, or with the brace, that had to be broken, because
// gofmt wants it or the code comes with comments, stays broken. Declarations of which some were there already go altogether.
//
// Remove never deletes a comment, unless it came with the operation: what people wrote inside of the code that goes stays
// behind on lines of its own.
//
// # YAML
//
// [AppendSequence], [InsertSequence] and [InsertKey], with their inverses, do the same for lists and mappings: bytes are spliced at places
// that the parser finds, and the result is parsed again and compared with what it should mean. [] and {} stand for nothing,
// so a list or mapping that was null comes back as these. What only a person can lay out is refused with the lines to add.
//
// The package knows nothing of kinds and imports nothing of ours. It reads and writes no files.
package patch
