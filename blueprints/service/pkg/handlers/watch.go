package handlers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

const (
	// joinTimeout bounds what has to be known before a stream begins.
	joinTimeout = 10 * time.Second

	// retryAfter is the number of seconds after which a client that found no
	// room may ask again.
	retryAfter = "5"
)

// lastEventID is the header with which a client comes back, and lastEventIDParam
// the parameter for those that cannot send it the first time.
const (
	lastEventID      = "Last-Event-ID"
	lastEventIDParam = "lastEventId"
)

// Finder finds objects of a kind.
type Finder[T any] interface {
	// FindByIDs returns the objects that exist among ids.
	FindByIDs(ctx context.Context, ids []string) ([]T, error)
}

// Watch returns the handler that streams the changes of a kind: the events of
// source, each with the object as present shows it.
func Watch[T, W any](feed *watch.Feed, source string, objects Finder[T], present func(*T) W) http.HandlerFunc {
	changes := feed.Source(source, func(ctx context.Context, ids []string) (map[string]any, error) {
		found, err := objects.FindByIDs(ctx, ids)
		presented := make(map[string]any, len(found))
		for i := range found {
			presented[idOf(&found[i])] = present(&found[i])
		}
		return presented, err
	})
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := parseWatch(r)
		if err != nil {
			WriteError(w, r, err)
			return
		}
		opening, cancel := context.WithTimeout(r.Context(), joinTimeout)
		stream, err := changes.Open(opening, id)
		cancel()
		if err != nil {
			refuse(w, r, err)
			return
		}
		defer stream.Close()
		serveStream(w, r, stream, feed.Config().WriteTimeout)
	}
}

// idOf is the id of obj, a pointer to a kind.
func idOf(obj any) string {
	object, ok := obj.(api.Object)
	if !ok {
		panic("handlers: the kind does not embed api.Meta")
	}
	return object.ObjectMeta().ID
}

// parseWatch returns the id behind which r wants its stream to begin. A stream
// is of all objects of a kind, and that is all that can be asked for.
func parseWatch(r *http.Request) (id string, err error) {
	var problems []string
	if r.Method != http.MethodGet {
		problems = append(problems, "a stream can only be asked for with GET")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		problems = append(problems, err.Error())
	}
	for _, name := range []string{"page", "size", "after", "search", "orderBy", "fields"} {
		if values.Has(name) {
			problems = append(problems, name+" cannot be combined with watch=true")
		}
	}
	for _, given := range [][]string{values["watch"], values[lastEventIDParam], r.Header.Values(lastEventID)} {
		if len(given) > 1 {
			problems = append(problems, "watch, lastEventId and Last-Event-ID may be given only once")
		}
	}
	if len(problems) > 0 {
		return "", apierror.New(apierror.BadRequest, "%s", strings.Join(slices.Compact(problems), "; "))
	}
	// A browser that comes back has both: the parameter of its first connection.
	if id := r.Header.Get(lastEventID); id != "" {
		return id, nil
	}
	return values.Get(lastEventIDParam), nil
}

// refuse says why there is no stream.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, watch.ErrID):
		err = apierror.New(apierror.BadRequest, "Last-Event-ID is not the id of an event of a stream")
	case errors.Is(err, watch.ErrGone):
		err = apierror.New(apierror.Gone, "events after Last-Event-ID may be gone: list the objects again, and watch from now on by leaving it out")
	case errors.Is(err, watch.ErrBusy), errors.Is(err, watch.ErrStopped):
		w.Header().Set("Retry-After", retryAfter)
		err = apierror.New(apierror.Unavailable, "%s; try again, here or at another replica", err)
	case r.Context().Err() == nil:
		w.Header().Set("Retry-After", retryAfter)
		err = apierror.Wrap(apierror.Unavailable, err)
	}
	WriteError(w, r, err)
}

// serveStream writes what stream says until the client goes, is too slow, or is
// no longer known to be who it was, or the service stops.
func serveStream(w http.ResponseWriter, r *http.Request, stream *watch.Stream, writeTimeout time.Duration) {
	ctx, cancel := lasting(r.Context())
	defer cancel()
	if who, ok := auth.FromContext(ctx); ok && !who.Expires.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, who.Expires)
		defer cancel()
	}
	out := &streamWriter{w: w, control: http.NewResponseController(w), timeout: writeTimeout}
	err := out.begin(stream.ID())
	for err == nil {
		var messages [][]byte
		if messages, err = stream.Next(ctx); err != nil {
			break
		}
		if len(messages) == 0 { // with the id, so that a client that comes back has less to read
			messages = [][]byte{fmt.Appendf(nil, ": still here\nid: %s\n\n", stream.ID())}
		}
		err = out.write(messages...)
	}
	out.end(ctx, err)
}

// streamWriter writes messages to a client, each in a limited time.
type streamWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	broken  bool
}

// begin answers that the stream is there. Clients come back after a time that
// is not the same for all of them.
func (s *streamWriter) begin(id string) error {
	header := s.w.Header()
	header.Set("Content-Type", watch.ContentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // nginx would collect messages
	// The time to read a request is up some time; no request follows this one.
	if err := s.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	retry := time.Second + rand.N(2*time.Second)
	return s.write(fmt.Appendf(nil, ": watching\nretry: %d\nid: %s\n\n", retry.Milliseconds(), id))
}

func (s *streamWriter) write(messages ...[]byte) error {
	for _, message := range messages {
		err := s.control.SetWriteDeadline(time.Now().Add(s.timeout))
		if err == nil || errors.Is(err, http.ErrNotSupported) {
			_, err = s.w.Write(message) // #nosec G705 -- JSON in a stream of events, and browsers are told to take it for nothing else
		}
		if err != nil {
			s.broken = true
			return err
		}
	}
	err := s.control.Flush()
	s.broken = err != nil
	return err
}

// end tells the client why, if there is one, and the log if the fault is ours.
func (s *streamWriter) end(ctx context.Context, err error) {
	reason := "an unexpected error"
	switch {
	case s.broken, errors.Is(err, context.Canceled):
		return
	case errors.Is(err, context.DeadlineExceeded):
		reason = "the token has expired"
	case errors.Is(err, watch.ErrStopped), errors.Is(err, watch.ErrGone):
		reason = err.Error()
	default:
		logger.From(ctx).ErrorContext(ctx, "stream failed", "error", err)
	}
	_ = s.write([]byte(": end, " + reason + "\n\n")) // nobody to tell
}
