package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
)

// schemaAge is how long it is believed that the migrations are applied. To ask
// takes a connection and the lock of those who migrate.
const schemaAge = time.Minute

var errNotAsked = errors.New("not known yet which migrations are applied")

// schema is the check that the database has all migrations of this program. One
// that has others besides, of a newer version, is fine.
type schema struct {
	status func(context.Context) ([]migrations.State, error)
	now    func() time.Time

	mu     sync.Mutex
	asked  time.Time // when there was an answer
	answer error
}

func newSchema(status func(context.Context) ([]migrations.State, error)) *schema {
	return &schema{status: status, now: time.Now, answer: errNotAsked}
}

// check answers from memory as long as all is well, and else asks. That nobody
// answers then changes nothing: that the database is away is not its business.
func (s *schema) check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answer == nil && s.now().Sub(s.asked) < schemaAge {
		return nil
	}
	states, err := s.status(ctx)
	switch {
	case err == nil:
		s.asked, s.answer = s.now(), pending(states)
	case s.answer != nil:
		return errors.Join(s.answer, err)
	default:
		s.asked = s.now() // not with each probe, while others migrate
	}
	return s.answer
}

// pending is the error that migrations are, and which.
func pending(states []migrations.State) error {
	var names []string
	for _, state := range states {
		if state.AppliedAt.IsZero() {
			names = append(names, state.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the database lacks the migrations %s: run migrate", strings.Join(names, ", "))
}
