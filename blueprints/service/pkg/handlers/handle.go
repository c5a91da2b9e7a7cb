package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Service is what the handler of a kind needs of the kind's service.
type Service[T any] interface {
	Get(ctx context.Context, id string) (*T, error)
	List(ctx context.Context, query dao.Query) (dao.Page[T], error)
	Create(ctx context.Context, obj *T) error
	Patch(ctx context.Context, id string, apply func(*T) error) (*T, error)
	Delete(ctx context.Context, id string, allow func(*T) error) error
}

// Answer is what an action says to the client.
type Answer struct {
	Status int
	// Body is written as JSON; nil writes none.
	Body any
	// ETag and Location are headers, left out if empty.
	ETag     string
	Location string

	// Replayed says that this was answered before, see Idempotent.
	Replayed bool
}

// Handle returns the HTTP handler of an action: it writes the answer, or the
// error object if the action fails.
func Handle(action func(r *http.Request) (Answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := action(r)
		if err != nil {
			WriteError(w, r, err)
			return
		}
		if answer.ETag != "" {
			w.Header().Set("ETag", answer.ETag)
			if safe(r) && isKnown(r, answer.ETag) {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		if answer.Location != "" {
			w.Header().Set("Location", answer.Location)
		}
		if answer.Replayed {
			w.Header().Set(idempotencyReplayed, "true")
		}
		write(w, r, answer.Status, answer.Body)
	}
}

func safe(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// write encodes body before it writes the status, so that a body that cannot
// be encoded is an error and not half an answer.
func write(w http.ResponseWriter, r *http.Request, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, err := encode(body)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	// An error means that the client is gone: there is nobody to tell.
	_, _ = w.Write(data) // #nosec G705 -- JSON, and browsers are told to take it for nothing else
}

// encoded is a body in the form in which it is sent.
type encoded []byte

func encode(body any) ([]byte, error) {
	if data, done := body.(encoded); done {
		return data, nil
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(body)
	return buffer.Bytes(), err
}

// etag is the entity tag of an object: the version of its row.
func etag(obj api.Object) string {
	return `"` + strconv.FormatInt(obj.ObjectMeta().RowVersion, 10) + `"`
}
