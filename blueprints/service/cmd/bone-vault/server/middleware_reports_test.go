package server

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

func TestWhatIsTheServicesOwnFaultIsReported(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	answer := func(err error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { handlers.WriteError(w, r, err) }
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		kind    errorreport.Kind // empty is no report
		text    string
	}{
		"unexpected error": {answer(cause), errorreport.Failure, "disk full"},
		"unavailable":      {answer(apierror.Wrap(apierror.Unavailable, cause)), errorreport.Failure, "disk full"},
		"panic":            {func(http.ResponseWriter, *http.Request) { panic("ouch") }, errorreport.Panic, "panic: ouch"},
		"the client's":     {answer(apierror.Wrap(apierror.Conflict, cause)), "", ""},
		"none":             {ok, "", ""},
		"the client left":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.handler, nil)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+thing+"?q=hunter2", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Operation-Id", "op-1")
			r.Header.Set("Authorization", "Bearer jane")
			if answer, err := b.Client().Transport.RoundTrip(r); err == nil {
				_ = answer.Body.Close() // which nobody reads
			}
			<-b.idle
			b.reports.mu.Lock()
			defer b.reports.mu.Unlock()
			if tt.kind == "" {
				if len(b.reports.all) > 0 {
					t.Errorf("got %v, want no report", b.reports.all)
				}
				return
			}
			if len(b.reports.all) != 1 {
				t.Fatalf("got %d reports, want 1", len(b.reports.all))
			}
			got := b.reports.all[0]
			if got.Kind != tt.kind || got.Err.Error() != tt.text || got.Where != "GET "+testRoute || got.OperationID != "op-1" {
				t.Errorf("got %+v, want %s %q of GET %s", got, tt.kind, tt.text, testRoute)
			}
			if (len(got.Stack) > 0) != (tt.kind == errorreport.Panic) {
				t.Errorf("got a stack of %d calls", len(got.Stack))
			}
			if text := got.Where + got.Err.Error(); strings.Contains(text, "hunter2") || strings.Contains(text, "jane") {
				t.Errorf("the report says who or what: %s", text)
			}
		})
	}
}
