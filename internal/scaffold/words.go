package scaffold

import "strings"

// initialisms are written in one case in Go names: APIKey, not ApiKey. They are
// those that the usual linters know, and brands with a spelling of their own.
var initialisms = index("ACL", "AMQP", "API", "ASCII", "AWS", "B2B", "B2C", "CIDR", "CPU", "CSS", "CSV", "DB",
	"DNS", "E2E", "EOF", "GCP", "GID", "GPU", "GUID", "HTML", "HTTP", "HTTPS", "ID", "IP", "IPv4", "IPv6", "JSON",
	"JWT", "K8s", "LDAP", "OAuth", "OAuth2", "OIDC", "OS", "P2P", "PDF", "QPS", "RAM", "RPC", "SAML", "SDK", "SKU",
	"SLA", "SMS", "SMTP", "SQL", "SSH", "SSO", "TCP", "TLS", "TTL", "UDP", "UI", "UID", "URI", "URL", "UTF8",
	"UUID", "VAT", "VM", "VPC", "VPN", "W3C", "X509", "XML", "XMPP", "XSRF", "XSS", "YAML")

// longestInitialism bounds the look-ahead of the splitter; the plural s counts.
const longestInitialism = len("OAuth2") + 1

func index(spellings ...string) map[string]string {
	m := make(map[string]string, len(spellings))
	for _, s := range spellings {
		m[strings.ToLower(s)] = s
	}
	return m
}

// initialism returns the spelling of a lower-case word if it is an initialism or
// the plural of one ("ids" ⇒ "IDs").
func initialism(lower string) (string, bool) {
	if s, ok := initialisms[lower]; ok {
		return s, true
	}
	if stem, ok := strings.CutSuffix(lower, "s"); ok {
		if s, ok := initialisms[stem]; ok {
			return s + "s", true
		}
	}
	return "", false
}

// pascalWord returns the word as it stands in a Go name: "order" ⇒ "Order",
// "api" ⇒ "API". A run of capitals that nobody knows stays as it was typed
// ("CMDB"), since who typed it meant it.
func pascalWord(w string) string {
	if s, ok := initialism(strings.ToLower(w)); ok {
		return s
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// splitWords splits ASCII letters, digits and separators in any casing into
// words as they stand in a Go name: "HTTPServer" ⇒ HTTP, Server; "user_ids" ⇒
// User, IDs; "IPv4Range" ⇒ IPv4, Range.
func splitWords(s string) []string {
	if strings.ContainsAny(s, "-_") && s == strings.ToUpper(s) {
		s = strings.ToLower(s) // ORDER_ITEM has no casing to keep
	}
	var words []string
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '-' || r == '_' }) {
		for rest := part; rest != ""; {
			n := wordLen(rest, len(rest) == len(part))
			words = append(words, pascalWord(rest[:n]))
			rest = rest[n:]
		}
	}
	return words
}

// wordLen returns the length of the first word of s. At the start of a part an
// initialism may be in lower case ("ipv4Range").
func wordLen(s string, start bool) int {
	if n := initialismLen(s, start); n > 0 {
		return n
	}
	n := 1
	if isUpper(s[0]) {
		for n < len(s) && isUpper(s[n]) && (n+1 == len(s) || !isLower(s[n+1]) || pluralEnd(s, n+1) > 0) {
			n++
		}
		if end := pluralEnd(s, n); n > 1 && end > 0 {
			return n + end
		}
	}
	for n < len(s) && !isUpper(s[n]) {
		n++
	}
	return n
}

// pluralEnd returns the length of the ending at i that makes the capitals before
// it plural: CMDBs, OSes. It is 0 if there is none.
func pluralEnd(s string, i int) int {
	for _, ending := range []string{"s", "es"} {
		rest, ok := strings.CutPrefix(s[i:], ending)
		if ok && (ending == "s" || s[i-1] == 'S') && (rest == "" || isUpper(rest[0])) {
			return len(ending)
		}
	}
	return 0
}

// initialismLen returns the length of the longest initialism that s begins with
// and that ends where a word ends, or 0.
func initialismLen(s string, start bool) int {
	for n := min(longestInitialism, len(s)); n >= 2; n-- {
		lower := strings.ToLower(s[:n])
		spelling, ok := initialism(lower)
		if ok && (s[:n] == spelling || start && s[:n] == lower) && wordBegins(s[n:]) {
			return n
		}
	}
	return 0
}

// wordBegins reports whether a word that ends before s was a whole word: nothing
// follows, or a capitalised word, or another initialism. It keeps "DBA" whole.
func wordBegins(s string) bool {
	if s == "" {
		return true
	}
	if !isUpper(s[0]) {
		return false
	}
	return len(s) > 1 && !isUpper(s[1]) && pluralEnd(s, 1) == 0 || initialismLen(s, false) > 0
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
