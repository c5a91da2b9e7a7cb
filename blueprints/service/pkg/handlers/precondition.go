package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// checkPrecondition is that of a write: obj has the ETag that the client saw, and
// none that it rules out, if the request names any. A header that cannot be read
// is an error too: the client meant to be careful.
func checkPrecondition(r *http.Request, obj api.Object) error {
	tag := etag(obj)
	for _, condition := range []struct {
		header string
		wanted bool
	}{{"If-Match", true}, {"If-None-Match", false}} {
		values := r.Header.Values(condition.header)
		if len(values) == 0 {
			continue
		}
		tags, ok := parseTags(values)
		if !ok {
			return apierror.New(apierror.BadRequest, `%s has to be * or a list of ETags in quotes, as in "3"`, condition.header)
		}
		if tags.match(tag) != condition.wanted {
			return apierror.New(apierror.PreconditionFailed, "the object has changed: its ETag is %s now", tag)
		}
	}
	return nil
}

// isKnown tells whether If-None-Match says that the client of a read has tag. One
// that cannot be read says nothing.
func isKnown(r *http.Request, tag string) bool {
	tags, ok := parseTags(r.Header.Values("If-None-Match"))
	return ok && tags.match(tag)
}

// entityTags is what If-Match or If-None-Match names (RFC 9110, section 13.1).
type entityTags struct {
	all  bool // *
	tags []string
}

func (e entityTags) match(tag string) bool { return e.all || slices.Contains(e.tags, tag) }

// parseTags reads all lines of a header, which are one list; ok is false if that
// is none. Weak tags count as strong, since proxies that compress make them weak.
//
//	"1", W/"2" ⇒ "1" and "2"
func parseTags(values []string) (found entityTags, ok bool) {
	rest := strings.TrimSpace(strings.Join(values, ","))
	if rest == "*" {
		return entityTags{all: true}, true
	}
	for ; rest != ""; rest = strings.TrimLeft(rest, " \t") {
		if rest[0] == ',' { // lists may have empty elements
			rest = rest[1:]
			continue
		}
		quoted, isTag := strings.CutPrefix(strings.TrimPrefix(rest, "W/"), `"`)
		end := strings.IndexByte(quoted, '"')
		if !isTag || end < 0 {
			return entityTags{}, false
		}
		found.tags = append(found.tags, `"`+quoted[:end+1])
		rest = strings.TrimLeft(quoted[end+1:], " \t")
		if rest != "" && rest[0] != ',' {
			return entityTags{}, false
		}
	}
	return found, len(found.tags) > 0
}
