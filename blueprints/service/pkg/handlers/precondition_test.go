package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

func TestPreconditionsOfWrites(t *testing.T) {
	t.Parallel()
	const stale, broken = apierror.PreconditionFailed, apierror.BadRequest
	for _, test := range []struct {
		header string
		lines  []string
		want   apierror.Code // 0 is none
	}{
		{"If-Match", nil, 0},
		{"If-Match", []string{`"3"`}, 0},
		{"If-Match", []string{`W/"3"`}, 0},
		{"If-Match", []string{`"1","3"`}, 0},
		{"If-Match", []string{` ,"1" , , "3", `}, 0},
		{"If-Match", []string{`"1"`, `"3"`}, 0},
		{"If-Match", []string{` * `}, 0},
		{"If-Match", []string{`"1"`}, stale},
		{"If-Match", []string{`"33", "13"`}, stale},
		{"If-Match", []string{`",3,"`}, stale},
		{"If-Match", []string{`"a,"`, `"3"`}, 0}, // a comma in a tag separates nothing
		{"If-Match", []string{`"*"`}, stale},
		{"If-Match", []string{``}, broken},
		{"If-Match", []string{`,`}, broken},
		{"If-Match", []string{`3`}, broken},
		{"If-Match", []string{`"3`}, broken},
		{"If-Match", []string{`"3""3"`}, broken},
		{"If-Match", []string{`"3" x`}, broken},
		{"If-Match", []string{`w/"3"`}, broken},
		{"If-Match", []string{`"1", *`}, broken}, // not all versions, but a mistake
		{"If-Match", []string{`*`, `"1"`}, broken},
		{"If-None-Match", []string{`"1"`}, 0},
		{"If-None-Match", []string{`"1"`, `"3"`}, stale},
		{"If-None-Match", []string{`*`}, stale},
		{"If-None-Match", []string{`3`}, broken},
	} {
		r := httptest.NewRequest(http.MethodPatch, "/", nil)
		r.Header[test.header] = test.lines
		err := checkPrecondition(r, &api.Meta{RowVersion: 3})
		if test.want == 0 && err != nil || test.want != 0 && (err == nil || apierror.From(err).Code != test.want) {
			t.Errorf("%s %q: got %v, want code %d", test.header, test.lines, err, test.want)
		}
	}
}

func TestWhatAClientOfAReadKnows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lines []string
		want  bool
	}{
		{nil, false},
		{[]string{`"3"`}, true},
		{[]string{`W/"3"`}, true},
		{[]string{`"1"`, `"3"`}, true},
		{[]string{`*`}, true},
		{[]string{`"1"`}, false},
		{[]string{``}, false},
		{[]string{`3`}, false},
		{[]string{`"1", *`}, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["If-None-Match"] = test.lines
		if got := isKnown(r, `"3"`); got != test.want {
			t.Errorf("%q: got %t, want %t", test.lines, got, test.want)
		}
	}
}
