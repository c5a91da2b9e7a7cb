package attack

import (
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/trexgen/trexgen/blueprints/service/test"
)

// malformed are bodies that are not read as what they seem to be, by name.
func malformed(valid string) map[string]string {
	inside, _ := strings.CutSuffix(valid, "}")
	with := func(member string) string {
		if inside == "{" {
			return inside + member + "}"
		}
		return inside + "," + member + "}"
	}
	const deep = 100_000
	bodies := map[string]string{
		"nothing": "", "space": " \n\t", "NUL": "\x00", "NUL behind": valid + "\x00", "NUL before": "\x00" + valid,
		"null": "null", "true": "true", "a number": "1", "a text": `"{}"`, "a list": "[" + valid + "]", "an empty list": "[]",
		"brackets":         strings.Repeat("[", deep),
		"closed brackets":  strings.Repeat("[", deep) + strings.Repeat("]", deep),
		"braces":           strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep),
		"a deep field":     with(`"x":` + strings.Repeat("[", deep) + strings.Repeat("]", deep)),
		"two values":       valid + valid,
		"two lines":        valid + "\n" + valid,
		"text behind":      valid + "x",
		"a brace behind":   valid + "}",
		"a comma behind":   inside + ",}",
		"comments":         "/* x */" + valid,
		"a line comment":   valid + "// x",
		"single quotes":    "{'a':1}",
		"no quotes":        "{a:1}",
		"NaN":              with(`"x":NaN`),
		"Infinity":         with(`"x":-Infinity`),
		"hexadecimal":      with(`"x":0x10`),
		"a leading zero":   with(`"x":01`),
		"a plus":           with(`"x":+1`),
		"a bare point":     with(`"x":1.`),
		"a huge exponent":  with(`"x":1e400`),
		"a longer one":     with(`"x":1e99999999999999999999`),
		"many digits":      with(`"x":` + strings.Repeat("9", 100_000)),
		"a bad escape":     with(`"x":"\x41"`),
		"half an escape":   with(`"x":"\u00"`),
		"a surrogate":      with(`"x":"\ud800"`),
		"swapped ones":     with(`"x":"\udc00\ud800"`),
		"a control":        with("\"x\":\"\x01\""),
		"a line break":     with("\"x\":\"\n\""),
		"bad UTF-8":        with("\"x\":\"\xff\""),
		"overlong UTF-8":   with("\"x\":\"\xc0\xaf\""),
		"encoded half":     with("\"x\":\"\xed\xa0\x80\""),
		"beyond Unicode":   with("\"x\":\"\xf4\x90\x80\x80\""),
		"a mark":           "\ufeff" + valid,
		"UTF-16":           wide(valid, binary.LittleEndian),
		"UTF-16 otherwise": "\xfe\xff" + wide(valid, binary.BigEndian),
		"a gzip":           "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + valid,
		"XML":              `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`,
		"a form":           "a=1&b=2",
		"a prefix":         ")]}',\n" + valid,
		"__proto__":        with(`"__proto__":{"admin":true}`),
		"a name twice":     with(`"x":1,"x":2`),
		"escaped twice":    with(`"x":1,"\u0078":2`),
		"an empty name":    with(`"":1`),
		"many names":       with(strings.Repeat(`"x":1,`, 1000) + `"x":1`),
		"id":               with(`"id":"5eed0000-0000-4000-8000-000000000001"`),
		"capitals":         with(`"ID":"x","Id":"x"`),
	}
	for at := 1; at < len(valid); at += 1 + len(valid)/50 {
		bodies["cut at "+valid[at:at+1]] = valid[:at]
	}
	return bodies
}

func wide(text string, order binary.AppendByteOrder) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

// A body that is not exactly one JSON object in UTF-8 is refused, and nothing
// comes of it.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	objects := a.seed(t)
	for _, r := range a.resources {
		if r.create == nil {
			continue
		}
		before := a.fire(t, shot{http.MethodGet, query(r.path, "size", "1000"), nil, nil})
		valid := string(marshal(t, sampler{newRand(1, 3), nil}.required(r.create)))
		for name, body := range malformed(valid) {
			a.refused(t, name, shot{http.MethodPost, r.path, jsonHeader(), []byte(body)}, http.StatusBadRequest)
		}
		for name, body := range malformed("{}") {
			a.refused(t, name, shot{http.MethodPatch, r.objectPath(objects), jsonHeader(), []byte(body)}, http.StatusBadRequest)
		}
		tooLarge := []byte(`{"x":"` + strings.Repeat("x", test.MaxBodyBytes) + `"}`)
		a.refused(t, "too large", shot{http.MethodPost, r.path, jsonHeader(), tooLarge}, http.StatusRequestEntityTooLarge)
		for _, mediaType := range mediaTypes {
			header := http.Header{"Content-Type": mediaType}
			a.refused(t, mediaType[0], shot{http.MethodPost, r.path, header, []byte(valid)}, http.StatusUnsupportedMediaType)
		}
		for _, encoding := range []string{"gzip", "br", "deflate", "x", "identity, gzip"} {
			header := jsonHeader()
			header.Set("Content-Encoding", encoding)
			a.refused(t, encoding, shot{http.MethodPost, r.path, header, []byte(valid)}, http.StatusUnsupportedMediaType)
		}
		after := a.fire(t, shot{http.MethodGet, query(r.path, "size", "1000"), nil, nil})
		if string(after.body) != string(before.body) {
			t.Errorf("%s became %.2000s", before.body, after.body)
		}
	}
}

// mediaTypes are those that no body may have.
var mediaTypes = [][]string{
	{""}, {"text/plain"}, {"text/json"}, {"application/xml"}, {"application/x-www-form-urlencoded"}, {"multipart/form-data; boundary=x"},
	{"application/json; charset=utf-16"}, {"application/json; charset=utf-7"}, {"application/json; charset=iso-8859-1"}, {"application/jsonx"},
	{"application/json, text/plain"}, {"application/json", "text/plain"}, {"application/*"}, {"*/*"}, {";"}, {"application/json; x"},
}

// refused reports an answer that has another status.
func (a *target) refused(t testing.TB, what string, s shot, status int) {
	t.Helper()
	got := a.fire(t, s)
	if got.status < http.StatusInternalServerError && got.status != status {
		t.Errorf("%s, %s %s: got %d %.300s, want %d", what, s.method, s.path, got.status, got.body, status)
	}
}
