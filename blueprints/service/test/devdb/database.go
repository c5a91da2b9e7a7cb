package devdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// tests is the server that the tests of this process share. It is a variable
// of the package because a test brings nothing but its testing.TB.
var tests shared

type shared struct {
	mu     sync.Mutex
	broken error // the start failed, and would again
	server *Server
	maker  *maker
}

// Main runs the tests of a package, stops the server if one of them needed it,
// cleans up what else it is given, and ends the process with the tests' code.
func Main(m *testing.M, cleanup ...func() error) {
	code := m.Run()
	errs := []error{tests.stop()}
	for _, clean := range cleanup {
		errs = append(errs, clean())
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "devdb:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// New returns the URL of a new database with all migrations applied. It is
// dropped when the test ends. With -short the test is skipped.
func New(tb testing.TB) string {
	tb.Helper()
	return tests.database(tb, (*maker).migrated)
}

// Empty is New without migrations.
func Empty(tb testing.TB) string {
	tb.Helper()
	return tests.database(tb, (*maker).empty)
}

func (s *shared) database(tb testing.TB, create func(*maker, context.Context) (string, error)) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("needs PostgreSQL, which -short leaves out")
	}
	ctx := context.Background() // the test's own context ends before its clean-up
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.start(ctx); err != nil {
		tb.Fatalf("devdb: %v", err)
	}
	name, err := create(s.maker, ctx)
	if err != nil {
		tb.Fatalf("devdb: %v", err)
	}
	tb.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.maker.drop(ctx, name); err != nil {
			tb.Errorf("devdb: %v", err)
		}
	})
	return withName(s.server.URL(), name)
}

func (s *shared) start(ctx context.Context) error {
	if s.maker != nil || s.broken != nil {
		return s.broken
	}
	s.server, s.broken = Start(ctx, Options{Log: os.Stderr})
	if s.broken == nil {
		s.maker = &maker{url: s.server.URL()}
	}
	return s.broken
}

func (s *shared) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.maker == nil {
		return nil
	}
	return errors.Join(s.maker.close(context.Background()), s.server.Stop())
}
