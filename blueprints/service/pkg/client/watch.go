package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"time"
)

const (
	statusGone = http.StatusGone

	// defaultRetry is the pause before another connection when the server has
	// not said; it doubles up to maxRetry while there is none.
	defaultRetry = time.Second
	maxRetry     = 30 * time.Second

	// maxErrorBody bounds what is kept of an answer that is no stream.
	maxErrorBody = 16 << 10
)

// Watch yields the changes that the stream at url tells of, such as
// …/widgets?watch=true, after the message with the id lastID, or from now on if
// that is empty. When the stream ends, or the server is away, it connects again
// and goes on where it was. Keep the ID of the last message that you have acted
// on; with it another process goes on.
//
// It ends with ctx, or with an error that another attempt would not change: a
// *StatusError below 500 other than 429, of which errors.Is(err, ErrGone) is one
// to expect. The client must not have a time-out: New(Options{Timeout: -1}).
//
// The first message has no Data: it tells where the stream begins. List the
// objects when it has come, and nothing is missed.
func Watch(ctx context.Context, client *http.Client, url, lastID string) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		w := &watcher{client: client, url: url, lastID: lastID, retry: defaultRetry}
		for pause := time.Duration(0); ; {
			err := w.connect(ctx, yield)
			switch {
			case ctx.Err() != nil, errors.Is(err, errStop):
				return
			case isFinal(err):
				yield(Message{}, err)
				return
			case w.connected:
				pause = w.retry
			default:
				pause = min(max(2*pause, w.retry), maxRetry)
			}
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return
			}
		}
	}
}

// errStop says that nobody wants more messages.
var errStop = errors.New("stop")

// requestError is that of a request that cannot be made.
type requestError struct{ error }

func isFinal(err error) bool {
	var refused *StatusError
	var wrong *requestError
	return errors.As(err, &wrong) || errors.As(err, &refused) && refused.Status < http.StatusInternalServerError && refused.Status != http.StatusTooManyRequests
}

// watcher is the state of Watch.
type watcher struct {
	client    *http.Client
	url       string
	lastID    string
	retry     time.Duration
	begun     bool // the first message was yielded
	connected bool // the last attempt led to a stream
}

// connect yields the messages of one connection.
func (w *watcher) connect(ctx context.Context, yield func(Message, error) bool) (err error) {
	w.connected = false
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return &requestError{err}
	}
	r.Header.Set("Accept", "text/event-stream")
	if w.lastID != "" {
		r.Header.Set("Last-Event-ID", w.lastID)
	}
	answer, err := w.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, maxErrorBody)) // the status says enough
		return &StatusError{Status: answer.StatusCode, Body: body}
	}
	w.connected = true
	for messages := NewMessageReader(answer.Body); ; {
		m, err := messages.Next()
		if err != nil {
			return err
		}
		if m.Retry > 0 {
			w.retry = m.Retry
		}
		if (m.Data != nil || !w.begun) && !yield(m, nil) {
			return errStop
		}
		w.begun = true
		if m.ID != "" {
			w.lastID = m.ID
		}
	}
}
