package forwarder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// JetStreamConfig says which stream takes the messages.
type JetStreamConfig struct {
	// URL is that of NATS, or several with commas between them. It may hold a
	// user and a password. CredentialsFile, unless empty, is a file of
	// credentials (.creds), which is read whenever a connection is made.
	URL             string
	CredentialsFile string

	// Stream has to take subjects that begin with Subject:
	// <Subject>.<source>.<event type>.
	Stream  string
	Subject string

	// AckTimeout bounds the wait for the stream to say that it has a message; 0
	// means five seconds.
	AckTimeout time.Duration
}

// JetStream is a Publisher to a stream of NATS JetStream. It connects when it is
// first used, and again whenever the connection is lost.
//
// Of one object only one message is under way at a time, those of others beside
// it: what the stream refuses, or does not acknowledge, holds up the later
// messages of the same object, and nobody else's.
type JetStream struct {
	cfg JetStreamConfig
	log *slog.Logger

	mu     sync.Mutex // of the connection
	conn   *nats.Conn
	stream jetstream.JetStream

	// acked are the messages of failed batches that the stream has. They are
	// not sent again: after the duplicate window it would take them for new.
	acked map[string]bool
}

// NewJetStream returns a JetStream without a connection. The caller closes it.
func NewJetStream(cfg JetStreamConfig, log *slog.Logger) *JetStream {
	cfg.AckTimeout = cmp.Or(cfg.AckTimeout, 5*time.Second)
	return &JetStream{cfg: cfg, log: log, acked: map[string]bool{}}
}

// Publish implements Publisher. It must not be called twice at a time.
func (j *JetStream) Publish(ctx context.Context, messages []Message) error {
	stream, err := j.connected()
	if err != nil {
		return err
	}
	objects := byObject(slices.DeleteFunc(slices.Clone(messages), func(m Message) bool { return j.acked[m.ID] }))
	var errs []error
	for len(objects) > 0 && ctx.Err() == nil {
		var failed []error
		objects, failed = j.publishFirst(ctx, stream, objects)
		errs = append(errs, failed...)
	}
	if err := errors.Join(joinDistinct(errs), ctx.Err()); err != nil {
		return err
	}
	clear(j.acked)
	return nil
}

// Close ends the connection.
func (j *JetStream) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.conn != nil {
		j.conn.Close()
	}
	return nil
}

// publishFirst publishes the first message of each object, all at once, and
// waits until the stream has them. It returns what is left of the objects: of
// one whose message failed, nothing.
func (j *JetStream) publishFirst(ctx context.Context, stream jetstream.JetStream, objects [][]Message) (left [][]Message, failed []error) {
	acks := make([]jetstream.PubAckFuture, len(objects))
	for i, object := range objects {
		var err error
		if acks[i], err = j.send(stream, object[0]); err != nil {
			failed = append(failed, j.explain(object[0], err))
		}
	}
	for i, object := range objects {
		if acks[i] == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil, failed
		case err := <-acks[i].Err():
			failed = append(failed, j.explain(object[0], err))
		case <-acks[i].Ok():
			j.acked[object[0].ID] = true
			if len(object) > 1 {
				left = append(left, object[1:])
			}
		}
	}
	return left, failed
}

// send sends m. The library's own attempts are off, so that nothing is sent any
// more after an error.
func (j *JetStream) send(stream jetstream.JetStream, m Message) (jetstream.PubAckFuture, error) {
	header := nats.Header{"content-type": {contentType}}
	if m.TraceParent != "" {
		header.Set("traceparent", m.TraceParent)
	}
	return stream.PublishMsgAsync(&nats.Msg{Subject: j.subject(m), Header: header, Data: m.Body},
		jetstream.WithMsgID(m.ID), jetstream.WithExpectStream(j.cfg.Stream), jetstream.WithRetryAttempts(0))
}

// subject is that of m: events.Owls.Create.
func (j *JetStream) subject(m Message) string {
	return j.cfg.Subject + "." + token(m.Source) + "." + token(string(m.EventType))
}

// token is name as one part of a subject, where dots, blanks and wildcards have
// a meaning.
func token(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, cmp.Or(name, "_"))
}

// wrongStream is the code of JetStream for a message that another stream got
// than the one that it was meant for.
const wrongStream jetstream.ErrorCode = 10060

// explain says why m was not published, in words that are the same for all
// messages of its subject.
func (j *JetStream) explain(m Message, err error) error {
	subject := j.subject(m)
	var refused *jetstream.APIError
	switch {
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("no stream takes %s: create the stream %s with the subjects %s.> (%w)", subject, j.cfg.Stream, j.cfg.Subject, err)
	case errors.As(err, &refused) && refused.ErrorCode == wrongStream:
		return fmt.Errorf("another stream than %s takes %s: name it by --nats-stream, or choose another --nats-subject (%w)", j.cfg.Stream, subject, err)
	case errors.Is(err, jetstream.ErrAsyncPublishTimeout):
		return fmt.Errorf("the stream %s has not answered within %s: %w", j.cfg.Stream, j.cfg.AckTimeout, err)
	case errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrDisconnected):
		return fmt.Errorf("the connection to NATS is lost: %w", err)
	}
	return fmt.Errorf("publish to %s: %w", subject, err)
}

// byObject splits messages into those of each object, in their order.
func byObject(messages []Message) [][]Message {
	var objects [][]Message
	index := map[string]int{}
	for _, m := range messages {
		i, known := index[m.Object]
		if !known {
			i = len(objects)
			index[m.Object] = i
			objects = append(objects, nil)
		}
		objects[i] = append(objects[i], m)
	}
	return objects
}

// joinDistinct joins errs, those of the same text once.
func joinDistinct(errs []error) error {
	var distinct []error
	seen := map[string]bool{}
	for _, err := range errs {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			distinct = append(distinct, err)
		}
	}
	return errors.Join(distinct...)
}
