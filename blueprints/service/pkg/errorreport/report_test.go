package errorreport

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// noted is a Reporter that keeps what it is told.
type noted struct {
	mu      sync.Mutex
	reports []Report
}

func (n *noted) Report(_ context.Context, report Report) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.reports = append(n.reports, report)
}

func TestSendSaysWhereAndOfWhatOperation(t *testing.T) {
	t.Parallel()
	var to noted
	route := ""
	ctx := With(logger.WithOperationID(t.Context(), "op-1"), &to, func() string { return route })
	ctx = trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))
	route = "GET /things/{id}" // which is known later
	cause := errors.New("no ink")
	Send(ctx, Failure, cause)
	Send(ctx, Failure, nil)
	Send(t.Context(), Failure, cause) // nobody to tell
	if len(to.reports) != 1 {
		t.Fatalf("got %d reports, want 1: %v", len(to.reports), to.reports)
	}
	got := to.reports[0]
	if !errors.Is(got.Err, cause) || got.Kind != Failure || got.Where != route || got.OperationID != "op-1" || got.TraceID != (trace.TraceID{1}).String() || got.Stack != nil {
		t.Errorf("got %+v", got)
	}
}

type typed struct{}

func (typed) Error() string { return "typed" }

func TestOneOfThoseThatAreAlikeInAMinute(t *testing.T) {
	t.Parallel()
	var to noted
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	l := NewLimited(&to)
	l.now = func() time.Time { return now }
	send := func(kind Kind, where string, err error) {
		l.Report(t.Context(), Report{Kind: kind, Where: where, Err: err})
	}
	for i := range 5 {
		send(Failure, "GET /a", fmt.Errorf("object %d: %w", i, errors.New("disk full")))
	}
	if got := len(to.reports); got != 1 {
		t.Fatalf("got %d reports of the same trouble, want 1", got)
	}
	send(Failure, "GET /b", errors.New("disk full"))
	send(Panic, "GET /a", errors.New("disk full"))
	send(Failure, "GET /a", fmt.Errorf("object: %w", typed{}))
	send(Failure, "GET /a", fmt.Errorf("%w: %w", errors.New("not available"), typed{})) // alike
	send(Failure, "GET /a", fmt.Errorf("%w: %w", errors.New("not available"), context.DeadlineExceeded))
	if got := len(to.reports); got != 5 {
		t.Fatalf("got %d reports, want 5: another place, kind and error each", got)
	}
	now = now.Add(pause)
	send(Failure, "GET /a", errors.New("disk full"))
	if got := to.reports[len(to.reports)-1]; len(to.reports) != 6 || got.Unsaid != 4 {
		t.Errorf("after a minute: got %d reports, the last one %+v, want it to say that 4 were left out", len(to.reports), got)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	t.Parallel()
	l := NewLimited(Nobody{})
	for i := range 3 * maxAlike {
		l.Report(t.Context(), Report{Kind: Failure, Where: fmt.Sprint(i), Err: typed{}})
		if len(l.seen) > maxAlike {
			t.Fatalf("got %d", len(l.seen))
		}
	}
}

func TestSecretsAreScrubbed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"disk full": "disk full",
		`duplicate key value violates unique constraint "things_name_key"`:     `duplicate key value violates unique constraint "things_name_key"`,
		"reach postgres://jane:hunter2@db:5432/x?sslpassword=hunter2: refused": "reach postgres://[removed]@db:5432/x?[removed] refused",
		"Get https://x.example/a?token=hunter2 failed":                         "Get https://x.example/a?[removed] failed",
		"sent Authorization: Bearer hunter2":                                   "sent Authorization: Bearer [removed]",
		"token eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0.c2ln is bad":            "token [removed] is bad",
		"cannot connect with user=jane password='hunter 2' host=db":            "cannot connect with user=[removed] password=[removed] host=db",
		`invalid input syntax for type uuid: "hunter2"`:                        `invalid input syntax for type uuid: "[removed]"`,
		"Key (email)=(jane@example.com) already exists.":                       "Key (email)=([removed]) already exists.",
		"mail to jane.doe+x@mail.example.com bounced":                          "mail to [removed] bounced",
	} {
		if got := scrub(text); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
