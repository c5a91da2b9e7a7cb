package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

const (
	// idempotencyKey is the header by which clients name a request.
	idempotencyKey = "Idempotency-Key"

	// idempotencyReplayed is the header of an answer that was given before.
	idempotencyReplayed = "Idempotency-Replayed"

	longestIdempotencyKey = 255
)

// IdempotencyKeys remembers what was answered; idempotency.Keys does.
type IdempotencyKeys interface {
	Once(ctx context.Context, request idempotency.Request, do func(ctx context.Context) (idempotency.Answer, error)) (answer idempotency.Answer, replayed bool, err error)
}

// Prepare reads a request and returns what is to be done about it, or what is
// wrong with it. It asks nobody but the request: what is done may be called once,
// or not at all.
type Prepare func(r *http.Request) (do func(ctx context.Context) (Answer, error), err error)

// Idempotent returns the action of requests that may be sent again: one with an
// Idempotency-Key is done once, in one transaction with the memory of its answer,
// and answered the same way whenever it comes again. The key counts for this
// sender and path; with another query or body the error is of the code
// IdempotencyKeyReused. A request that fails is not remembered, one that prepare
// refuses never asked for, and one without a key is simply done.
func Idempotent(keys IdempotencyKeys, prepare Prepare) func(r *http.Request) (Answer, error) {
	return func(r *http.Request) (Answer, error) {
		key, given, err := readIdempotencyKey(r.Header)
		if err != nil {
			return Answer{}, err
		}
		if given {
			return once(keys, key, prepare, r)
		}
		do, err := prepare(r)
		if err != nil {
			return Answer{}, err
		}
		return do(r.Context())
	}
}

// once does what r asks for unless it has been done under key.
func once(keys IdempotencyKeys, key string, prepare Prepare, r *http.Request) (Answer, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Answer{}, readError(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	do, err := prepare(r)
	if err != nil {
		return Answer{}, err
	}
	who, _ := auth.FromContext(r.Context())
	request := idempotency.Request{
		Key: key, Issuer: who.Claims.Issuer, Subject: who.Subject,
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Body: body,
	}
	kept, replayed, err := keys.Once(r.Context(), request, func(ctx context.Context) (idempotency.Answer, error) {
		return toKeep(do(ctx))
	})
	if err != nil {
		return Answer{}, explainOnce(err)
	}
	return Answer{
		Status: kept.Status, Body: encodedBody(kept.Body), ETag: kept.ETag, Location: kept.Location, Replayed: replayed,
	}, nil
}

// readIdempotencyKey returns the key, if the request has one.
func readIdempotencyKey(header http.Header) (key string, given bool, err error) {
	values := header.Values(idempotencyKey)
	if len(values) == 0 {
		return "", false, nil
	}
	if key = values[0]; len(values) > 1 || len(key) < 1 || len(key) > longestIdempotencyKey || !printable(key) {
		return "", false, apierror.New(apierror.BadRequest, "%s has to be one text of 1 to %d printable ASCII characters", idempotencyKey, longestIdempotencyKey)
	}
	return key, true, nil
}

func printable(text string) bool {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// toKeep is an answer in the form in which it is kept.
func toKeep(answer Answer, err error) (idempotency.Answer, error) {
	kept := idempotency.Answer{Status: answer.Status, ETag: answer.ETag, Location: answer.Location}
	if err == nil && answer.Body != nil {
		kept.Body, err = encode(answer.Body)
	}
	return kept, err
}

// encodedBody is the body of an answer that was kept.
func encodedBody(body []byte) any {
	if body == nil {
		return nil
	}
	return encoded(body)
}

// explainOnce says to clients what kept a request from being done once.
func explainOnce(err error) error {
	switch {
	case errors.Is(err, idempotency.ErrReused):
		return apierror.New(apierror.IdempotencyKeyReused, "")
	case errors.Is(err, idempotency.ErrTooLarge):
		return apierror.New(apierror.TooLarge, "%w; send the request without %s, or ask for less", err, idempotencyKey)
	}
	return services.ExplainTransaction(err)
}
