package errorreport

import "regexp"

const removed = "[removed]"

// secrets are what the text of an error may show of people and of secrets
// without meaning to. What one knows how to find is better not put into errors
// at all; this is for what others put there.
var secrets = []struct {
	what    *regexp.Regexp
	instead string
}{
	// Tokens, wherever they stand, and what follows the name of a scheme.
	{regexp.MustCompile(`\beyJ[\w-]+\.[\w-]*\.?[\w-]*`), removed},
	{regexp.MustCompile(`(?i)\b(bearer|basic) +[\w.~+/=-]+`), "$1 " + removed},
	// User and password of a URL, and its query.
	{regexp.MustCompile(`(\b[a-z][a-z0-9+.-]*://)[^\s/@"']*@`), "${1}" + removed + "@"},
	{regexp.MustCompile(`(\b[a-z][a-z0-9+.-]*://[^\s?"']*)\?[^\s"']*`), "${1}?" + removed},
	{regexp.MustCompile(`(?i)\b(password|passwd|secret|token|api[_-]?key|key|user)=("[^"]*"|'[^']*'|[^\s,;&]+)`), "$1=" + removed},
	// PostgreSQL: invalid input syntax for type uuid: "…"; Key (email)=(…).
	{regexp.MustCompile(`: "(?:[^"\\]|\\.)*"`), `: "` + removed + `"`},
	{regexp.MustCompile(`\)=\([^)]*\)`), ")=(" + removed + ")"},
	{regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`), removed},
}

// scrub returns text without what looks like a secret or like somebody.
func scrub(text string) string {
	for _, secret := range secrets {
		text = secret.what.ReplaceAllString(text, secret.instead)
	}
	return text
}
