package errorreport

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/getsentry/sentry-go"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// flushTimeout is the time that Close leaves for the last reports.
const flushTimeout = 2 * time.Second

// Sentry is a Reporter that tells Sentry, or what speaks its protocol, in the
// background. What cannot be sent is lost: the log has it.
type Sentry struct{ client *sentry.Client }

// SentryOptions say what NewSentry needs to know.
type SentryOptions struct {
	DSN string

	// Environment and Release say what has failed.
	Environment, Release string
}

// NewSentry returns a Sentry, which connects to nothing yet. An error does not
// show the DSN.
func NewSentry(o SentryOptions) (*Sentry, error) {
	if o.DSN == "" { // which the library would look for elsewhere
		return nil, errors.New("sentry: no DSN")
	}
	client, err := sentry.NewClient(sentry.ClientOptions{
		Dsn:         o.DSN,
		Environment: o.Environment,
		Release:     o.Release,
		// They add what the machine is like, and all modules.
		Integrations: func([]sentry.Integration) []sentry.Integration { return nil },
		BeforeSend:   strip,
	})
	if err != nil {
		return nil, errors.New("sentry: the DSN cannot be read; it is like https://key@sentry.example.com/1")
	}
	return &Sentry{client}, nil
}

// strip takes out, before an event leaves the process, what Sentry could know of
// requests and people, whoever put it there.
func strip(event *sentry.Event, _ *sentry.EventHint) *sentry.Event {
	event.Request = nil
	event.User = sentry.User{}
	event.Breadcrumbs = nil
	event.Attachments = nil
	event.Message = scrub(event.Message)
	for i := range event.Exception {
		event.Exception[i].Value = scrub(event.Exception[i].Value)
	}
	return event
}

// Report sends report.
func (s *Sentry) Report(_ context.Context, report Report) {
	event := sentry.NewEvent()
	event.Level = sentry.LevelError
	if report.Kind == Panic {
		event.Level = sentry.LevelFatal
	}
	root := typeOf(report.Err)
	event.Transaction = report.Where
	event.Fingerprint = []string{string(report.Kind), report.Where, root}
	event.Exception = []sentry.Exception{{Type: root, Value: fmt.Sprint(report.Err), Stacktrace: stacktrace(report.Stack)}}
	event.Tags = map[string]string{"service": api.ServiceName, "kind": string(report.Kind)}
	for name, value := range map[string]string{"operation_id": report.OperationID, "trace_id": report.TraceID} {
		if value != "" {
			event.Tags[name] = value
		}
	}
	if report.Unsaid > 0 {
		event.Tags["unsaid"] = strconv.Itoa(report.Unsaid)
	}
	s.client.CaptureEvent(event, nil, nil)
}

// stacktrace is a stack as Sentry has it: the oldest call first, and without
// what the runtime does to panic.
func stacktrace(pcs []uintptr) *sentry.Stacktrace {
	if len(pcs) == 0 {
		return nil
	}
	var frames []sentry.Frame
	for calls := runtime.CallersFrames(pcs); ; {
		call, more := calls.Next()
		if call.Function == "runtime.gopanic" { // all that came before is recovering
			frames = nil
		} else if !strings.HasPrefix(call.Function, "runtime.") {
			frames = append([]sentry.Frame{frameOf(call)}, frames...)
		}
		if !more {
			return &sentry.Stacktrace{Frames: frames}
		}
	}
}

// ours is the path of the module, in which all packages of the service are.
var ours = strings.TrimSuffix(reflect.TypeFor[Sentry]().PkgPath(), "pkg/errorreport")

// frameOf is a call of a stack. Whether it is the service's own goes by its
// package: the library goes by folders, which are not in a build with -trimpath.
func frameOf(call runtime.Frame) sentry.Frame {
	frame := sentry.NewFrame(call)
	frame.InApp = frame.Module == "main" || strings.HasPrefix(frame.Module, ours)
	return frame
}

// Close sends the last reports, for two seconds at most: that Sentry is away
// must not keep the process from ending.
func (s *Sentry) Close() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.client.Flush(flushTimeout)
		s.client.Close()
	}()
	timer := time.NewTimer(flushTimeout)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
