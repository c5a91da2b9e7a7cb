package idempotency

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// What the zero values of Settings mean.
const (
	defaultRetention      = 24 * time.Hour
	defaultMaxAnswerBytes = 4 << 20
)

// What callers can act on, besides the errors of package db.
var (
	// ErrReused: the key belongs to a request with another query or body.
	ErrReused = errors.New("the key belongs to another request")

	// ErrTooLarge: the answer is larger than what is kept. Nothing was done.
	ErrTooLarge = errors.New("the answer is too large to be kept")
)

// Settings say how answers are kept. The zero values work.
type Settings struct {
	// Retention is the time for which an answer is kept; 0 means a day. After
	// it the key is free, whether the row is still there or not.
	Retention time.Duration

	// LockTimeout bounds the wait for a request with the same key; 0 waits as
	// long as ctx lets it.
	LockTimeout time.Duration

	// MaxAnswerBytes bounds the body of an answer; 0 means 4 MiB.
	MaxAnswerBytes int64

	// Observe is told of every Once; nil is fine.
	Observe func(Outcome)
}

// Outcome is what became of a request with a key.
type Outcome string

// The outcomes.
const (
	Done     Outcome = "done"     // and its answer kept
	Replayed Outcome = "replayed" // answered as the first time
	Reused   Outcome = "reused"   // ErrReused
	Busy     Outcome = "busy"     // db.ErrLocked: the first has not ended in time
	Failed   Outcome = "failed"   // and nothing kept
)

// Outcomes are all of them.
var Outcomes = []Outcome{Done, Replayed, Reused, Busy, Failed}

// Keys remembers requests by their keys.
type Keys struct {
	sessions *db.SessionFactory
	settings Settings
}

// New returns the memory in the database of sessions.
func New(sessions *db.SessionFactory, settings Settings) *Keys {
	settings.Retention = cmp.Or(settings.Retention, defaultRetention)
	settings.MaxAnswerBytes = cmp.Or(settings.MaxAnswerBytes, defaultMaxAnswerBytes)
	return &Keys{sessions: sessions, settings: settings}
}

// Answer is what is kept of an answer. A nil Body stays nil.
type Answer struct {
	Status         int
	ETag, Location string
	Body           []byte
}

// Once does request, by do, unless it has been done before: then do is not
// called, and the answer of that time is returned, replayed. What do does with
// its ctx is one transaction with the memory of it. If do or the commit fails,
// nothing has happened, and the next request with the key is the first again.
//
// A request with the same key that is being done is waited for; if it takes too
// long the error is db.ErrLocked. Otherwise errors are ErrReused, ErrTooLarge,
// those of do, and of the database as package db translates them.
func (k *Keys) Once(ctx context.Context, request Request, do func(ctx context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	err = k.sessions.InTx(ctx, func(ctx context.Context) error {
		kept, err := k.claim(ctx, request)
		if err != nil {
			return err
		}
		if kept != nil {
			answer, replayed = *kept, true
			return nil
		}
		if answer, err = do(ctx); err != nil {
			return err
		}
		return k.keep(ctx, request, answer)
	})
	if k.settings.Observe != nil {
		k.settings.Observe(outcome(replayed, err))
	}
	if err != nil {
		return Answer{}, false, err
	}
	return answer, replayed, nil
}

func outcome(replayed bool, err error) Outcome {
	switch {
	case errors.Is(err, ErrReused):
		return Reused
	case errors.Is(err, db.ErrLocked):
		return Busy
	case err != nil:
		return Failed
	case replayed:
		return Replayed
	}
	return Done
}

// claim makes the key the request's, or returns the answer that is kept under it.
func (k *Keys) claim(ctx context.Context, request Request) (*Answer, error) {
	id, content := request.id(), request.content()
	// Between two statements a row may be purged or expire, but hardly again and
	// again.
	for range 3 {
		claimed, err := k.insert(ctx, id, content)
		if err != nil || claimed {
			return nil, err
		}
		found, err := k.find(ctx, id)
		switch {
		case errors.Is(err, db.ErrNotFound):
		case err != nil:
			return nil, err
		case found.Expired:
			if err := k.forget(ctx, id); err != nil {
				return nil, err
			}
		case string(found.Request) != string(content):
			return nil, ErrReused
		default:
			return &Answer{Status: found.Status, ETag: found.ETag, Location: found.Location, Body: found.Body}, nil
		}
	}
	return nil, fmt.Errorf("claim an idempotency key: %w", db.ErrConflict)
}
