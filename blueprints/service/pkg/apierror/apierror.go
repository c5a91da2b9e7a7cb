// Package apierror holds the errors that clients of the API see: a code that
// stays the same for ever and a reason for people. What caused an error goes
// to the log, never into the answer.
package apierror

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// Code numbers an error for clients. A number is never given a second meaning.
type Code int

// The codes.
const (
	InvalidToken         Code = 1
	Forbidden            Code = 4
	Conflict             Code = 6
	NotFound             Code = 7
	Validation           Code = 8
	General              Code = 9
	NotImplemented       Code = 10
	Unauthorized         Code = 11
	Unauthenticated      Code = 15
	Malformed            Code = 17
	BadRequest           Code = 21
	Search               Code = 23
	Lock                 Code = 26
	MethodNotAllowed     Code = 30
	TooLarge             Code = 31
	UnsupportedMediaType Code = 32
	PreconditionFailed   Code = 33
	TooManyRequests      Code = 34
	Unavailable          Code = 35
	Gone                 Code = 36
	IdempotencyKeyReused Code = 37
)

type row struct {
	status int
	reason string
}

// table has one row a code: its HTTP status and what it says in general.
var table = map[Code]row{
	InvalidToken:         {http.StatusUnauthorized, "the token is not valid"},
	Forbidden:            {http.StatusForbidden, "not allowed"},
	Conflict:             {http.StatusConflict, "in conflict with another object"},
	NotFound:             {http.StatusNotFound, "not found"},
	Validation:           {http.StatusBadRequest, "not valid"},
	General:              {http.StatusInternalServerError, "an unexpected error; its cause is in the log under the operation id"},
	NotImplemented:       {http.StatusNotImplemented, "not implemented"},
	Unauthorized:         {http.StatusForbidden, "not authorized"},
	Unauthenticated:      {http.StatusUnauthorized, "a token is needed"},
	Malformed:            {http.StatusBadRequest, "the request cannot be read"},
	BadRequest:           {http.StatusBadRequest, "bad request"},
	Search:               {http.StatusBadRequest, "the search cannot be read"},
	Lock:                 {http.StatusConflict, "locked by another request"},
	MethodNotAllowed:     {http.StatusMethodNotAllowed, "the method is not allowed here"},
	TooLarge:             {http.StatusRequestEntityTooLarge, "the body is too large"},
	UnsupportedMediaType: {http.StatusUnsupportedMediaType, "the media type is not supported"},
	PreconditionFailed:   {http.StatusPreconditionFailed, "the object has changed since"},
	TooManyRequests:      {http.StatusTooManyRequests, "too many requests"},
	Unavailable:          {http.StatusServiceUnavailable, "not available at the moment; try again"},
	Gone:                 {http.StatusGone, "no longer there"},
	IdempotencyKeyReused: {http.StatusUnprocessableEntity, "the Idempotency-Key belongs to a request with another body or query; take a new one"},
}

// Codes returns all codes that exist, in no order.
func Codes() []Code {
	codes := make([]Code, 0, len(table))
	for code := range table {
		codes = append(codes, code)
	}
	return codes
}

// Status is the HTTP status of code; an unknown code is a 500.
func (c Code) Status() int {
	if r, ok := table[c]; ok {
		return r.status
	}
	return http.StatusInternalServerError
}

// Reason says in general what code means.
func (c Code) Reason() string { return table[c].reason }

// Error is an error with a code. Its text is the reason that the client reads.
type Error struct {
	Code   Code
	Reason string
	cause  error
}

// New returns an error of code whose reason is the formatted text, or the
// general reason of code if format is empty. An argument of %w becomes the
// cause and is part of the reason: use Wrap to keep it out.
func New(code Code, format string, args ...any) error {
	if format == "" {
		return &Error{Code: code, Reason: code.Reason()}
	}
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Reason: err.Error(), cause: errors.Unwrap(err)}
}

// Wrap returns an error of code with the general reason; cause is for the log.
func Wrap(code Code, cause error) error {
	return &Error{Code: code, Reason: code.Reason(), cause: cause}
}

// From returns err as an *Error: itself if it is one, else a General error
// with err as its cause.
func From(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: General, Reason: General.Reason(), cause: err}
}

func (e *Error) Error() string { return e.Reason }

// Unwrap returns the cause, for the log.
func (e *Error) Unwrap() error { return e.cause }

// LogValue is the reason and the cause, where the log is given e itself.
func (e *Error) LogValue() slog.Value {
	if e.cause == nil || strings.Contains(e.Reason, e.cause.Error()) {
		return slog.StringValue(e.Reason)
	}
	return slog.StringValue(e.Reason + ": " + e.cause.Error())
}
