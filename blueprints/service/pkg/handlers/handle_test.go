package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

func TestIfNoneMatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, header string
		want           int
	}{
		{http.MethodGet, ``, http.StatusOK},
		{http.MethodGet, `"1"`, http.StatusOK},
		{http.MethodGet, `"2"`, http.StatusNotModified},
		{http.MethodHead, `"1", W/"2"`, http.StatusNotModified},
		{http.MethodGet, `*`, http.StatusNotModified},
		{http.MethodPatch, `"2"`, http.StatusOK},
	} {
		r := httptest.NewRequest(test.method, "/", nil)
		r.Header.Set("If-None-Match", test.header)
		recorder := httptest.NewRecorder()
		Handle(func(*http.Request) (Answer, error) {
			return Answer{Status: http.StatusOK, Body: 1, ETag: `"2"`}, nil
		})(recorder, r)
		if recorder.Code != test.want || recorder.Header().Get("ETag") != `"2"` {
			t.Errorf("%s %s: got %d with ETag %s, want %d", test.method, test.header, recorder.Code, recorder.Header().Get("ETag"), test.want)
		}
	}
}

// What went wrong inside is in the log under the operation id, and nowhere in
// the answer.
func TestErrorHidesItsCause(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	ctx := logger.With(t.Context(), slog.New(slog.NewTextHandler(&lines, nil)))
	ctx = logger.WithOperationID(ctx, "op-1")
	recorder := httptest.NewRecorder()
	WriteError(recorder, httptest.NewRequest(http.MethodGet, "/x", nil).WithContext(ctx), errors.New("password is swordfish"))

	var body openapi.Error
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if recorder.Code != http.StatusInternalServerError || body.Kind != "Error" || body.Id != "9" ||
		body.Code != api.ServiceName+"-9" || body.Href != api.V1Path+"/errors/9" ||
		body.OperationId == nil || *body.OperationId != "op-1" {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}
	if strings.Contains(recorder.Body.String(), "swordfish") {
		t.Errorf("the answer tells the cause: %s", recorder.Body)
	}
	if !strings.Contains(lines.String(), "swordfish") {
		t.Errorf("the log does not tell the cause: %s", lines.String())
	}
}

// A client that does not wait is no failure of the service.
func TestErrorAfterTheClientWentAway(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	ctx, cancel := context.WithCancel(logger.With(t.Context(), slog.New(slog.NewTextHandler(&lines, nil))))
	cancel()
	for err, want := range map[error]int{
		context.Canceled:                        499,
		errors.New("transaction rolled back"):   499,
		apierror.New(apierror.NotFound, "gone"): http.StatusNotFound,
	} {
		recorder := httptest.NewRecorder()
		WriteError(recorder, httptest.NewRequest(http.MethodGet, "/x", nil).WithContext(ctx), err)
		if recorder.Code != want || lines.Len() > 0 {
			t.Errorf("%v: got status %d, want %d, and the log %q", err, recorder.Code, want, &lines)
		}
	}
}

func TestEveryCodeHasStatusAndReason(t *testing.T) {
	t.Parallel()
	for _, code := range apierror.Codes() {
		recorder := httptest.NewRecorder()
		WriteError(recorder, httptest.NewRequest(http.MethodGet, "/", nil), apierror.New(code, ""))
		var body openapi.Error
		if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		if recorder.Code < 400 || recorder.Code > 599 || body.Reason == "" {
			t.Errorf("code %d: got status %d, reason %q", code, recorder.Code, body.Reason)
		}
	}
}
