package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
)

// memory does every request, or answers with what it has kept, or fails.
type memory struct {
	asked []idempotency.Request
	kept  *idempotency.Answer
	err   error
}

func (m *memory) Once(ctx context.Context, request idempotency.Request, do func(context.Context) (idempotency.Answer, error)) (idempotency.Answer, bool, error) {
	m.asked = append(m.asked, request)
	if m.err != nil || m.kept != nil {
		if m.kept == nil {
			m.kept = &idempotency.Answer{}
		}
		return *m.kept, m.err == nil, m.err
	}
	answer, err := do(ctx)
	if err == nil {
		m.kept = &answer
	}
	return answer, false, err
}

// echo answers with what it was sent, and refuses what is bad.
func echo(r *http.Request) (func(context.Context) (Answer, error), error) {
	body, err := io.ReadAll(r.Body)
	if string(body) == "bad" {
		err = apierror.New(apierror.Validation, "bad")
	}
	return answering(Answer{Status: http.StatusCreated, Body: "<" + string(body) + ">", ETag: `"1"`, Location: "/1"}), err
}

func answering(answer Answer) func(context.Context) (Answer, error) {
	return func(context.Context) (Answer, error) { return answer, nil }
}

func always(answer Answer) Prepare {
	return func(*http.Request) (func(context.Context) (Answer, error), error) { return answering(answer), nil }
}

// post sends body to action and returns the answer. Headers are names and values
// in turns.
func post(action func(*http.Request) (Answer, error), body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/things%20?a=b", strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	who := auth.Identity{Subject: "jane", Claims: auth.Claims{Issuer: "us"}}
	recorder := httptest.NewRecorder()
	Handle(action)(recorder, r.WithContext(auth.WithIdentity(r.Context(), who)))
	return recorder
}

func TestReplayIsTheSameAnswer(t *testing.T) {
	t.Parallel()
	m := &memory{}
	once := Idempotent(m, echo)
	plain := post(once, "x")
	if len(m.asked) != 0 {
		t.Errorf("without a key it was asked for %+v", m.asked)
	}
	for i := range 2 {
		got := post(once, "x", "Idempotency-Key", "k")
		replayed := got.Header().Get("Idempotency-Replayed")
		got.Header().Del("Idempotency-Replayed")
		if diff := cmp.Diff(plain.Header(), got.Header()); diff != "" || got.Code != plain.Code || !bytes.Equal(got.Body.Bytes(), plain.Body.Bytes()) {
			t.Errorf("got %d %s, want %d %s; headers (-want +got):\n%s", got.Code, got.Body, plain.Code, plain.Body, diff)
		}
		if want := []string{"", "true"}[i]; replayed != want {
			t.Errorf("Idempotency-Replayed is %q, want %q", replayed, want)
		}
	}
	want := idempotency.Request{
		Key: "k", Issuer: "us", Subject: "jane", Method: http.MethodPost, Path: "/things ", Query: "a=b", Body: []byte("x"),
	}
	if diff := cmp.Diff([]idempotency.Request{want, want}, m.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

// Where there is no authentication, nobody is a sender like any other.
func TestIdempotentWithoutIdentity(t *testing.T) {
	t.Parallel()
	m := &memory{}
	if _, err := Idempotent(m, echo)(keyed("x")); err != nil {
		t.Fatal(err)
	}
	want := idempotency.Request{Key: "k", Method: http.MethodPost, Path: "/", Body: []byte("x")}
	if diff := cmp.Diff([]idempotency.Request{want}, m.asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

func TestIdempotentAnswerWithoutBody(t *testing.T) {
	t.Parallel()
	once := Idempotent(&memory{}, always(Answer{Status: http.StatusNoContent}))
	for range 2 {
		if got := post(once, "", "Idempotency-Key", "k"); got.Code != http.StatusNoContent || got.Body.Len() > 0 || got.Header().Get("Content-Type") != "" {
			t.Errorf("got %d %q with headers %v", got.Code, got.Body, got.Header())
		}
	}
}

func TestIdempotencyKeysAreChecked(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", 255)
	for _, key := range []string{"k", longest, `"01890a5d-ac96-774b-bcce-b302099a8057"`, "a b~!"} {
		if got := post(Idempotent(&memory{}, echo), "x", "Idempotency-Key", key); got.Code != http.StatusCreated {
			t.Errorf("%q: got %d %s", key, got.Code, got.Body)
		}
	}
	for _, keys := range [][]string{{""}, {longest + "x"}, {"é"}, {"a\tb"}, {"a\x00"}, {"\x7f"}, {"k", "k"}} {
		m := &memory{}
		var headers []string
		for _, key := range keys {
			headers = append(headers, "Idempotency-Key", key)
		}
		if got := post(Idempotent(m, echo), "x", headers...); got.Code != http.StatusBadRequest || len(m.asked) != 0 {
			t.Errorf("%q: got %d %s", keys, got.Code, got.Body)
		}
	}
}

func TestWhatIdempotentErrorsMean(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]apierror.Code{
		idempotency.ErrReused:                   apierror.IdempotencyKeyReused,
		idempotency.ErrTooLarge:                 apierror.TooLarge,
		db.ErrLocked:                            apierror.Lock,
		db.ErrConflict:                          apierror.Conflict,
		db.ErrUnavailable:                       apierror.Unavailable,
		&db.UniqueError{Column: "name"}:         apierror.Conflict, // a constraint that is deferred to the commit
		apierror.New(apierror.Validation, "no"): apierror.Validation,
		errors.New("of another kind"):           apierror.General,
	} {
		_, got := Idempotent(&memory{err: err}, echo)(keyed("x"))
		if code := apierror.From(got).Code; code != want {
			t.Errorf("%v: got code %d, want %d", err, code, want)
		}
	}
}

func keyed(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Idempotency-Key", "k")
	return r
}

// What the limit of bodies says is said before anything is asked of the memory.
func TestIdempotentBodyTooLarge(t *testing.T) {
	t.Parallel()
	m, r := &memory{}, keyed("too large")
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, 3)
	_, err := Idempotent(m, echo)(r)
	var tooLarge *http.MaxBytesError
	if !errors.As(err, &tooLarge) || len(m.asked) != 0 {
		t.Errorf("got %v, and asked for %+v", err, m.asked)
	}
}

// Nor does a request that is wrong reach the database, with a key or without.
func TestIdempotentRequestThatIsWrong(t *testing.T) {
	t.Parallel()
	m := &memory{}
	for _, headers := range [][]string{nil, {"Idempotency-Key", "k"}} {
		if got := post(Idempotent(m, echo), "bad", headers...); got.Code != http.StatusBadRequest || len(m.asked) != 0 {
			t.Errorf("%v: got %d %s, and asked for %+v", headers, got.Code, got.Body, m.asked)
		}
	}
}

// An answer that cannot be written as JSON fails before it is kept.
func TestIdempotentAnswerThatIsNoJSON(t *testing.T) {
	t.Parallel()
	m := &memory{}
	_, err := Idempotent(m, always(Answer{Status: http.StatusCreated, Body: func() {}}))(keyed(""))
	if err == nil || m.kept != nil {
		t.Errorf("got the error %v, and kept %+v", err, m.kept)
	}
}
