package environments

import (
	"context"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// loadReporter sets Reporter. To tell another service, make its Reporter here.
func (e *Env) loadReporter(context.Context) error {
	from := e.Config.Reports
	if from.SentryDSN.Reveal() == "" {
		e.Reporter = errorreport.Nobody{}
		return nil
	}
	sentry, err := errorreport.NewSentry(errorreport.SentryOptions{
		DSN: from.SentryDSN.Reveal(), Environment: e.Config.Env, Release: from.Release,
	})
	if err != nil {
		return err
	}
	e.Reporter = errorreport.NewLimited(sentry)
	e.close = append(e.close, func() error {
		sentry.Close()
		return nil
	})
	return nil
}

// reportDead returns events such that the Reporter is told of those that become
// dead.
func (e *Env) reportDead(events controllers.Events) controllers.Events {
	if e.Reporter == (errorreport.Nobody{}) {
		return events
	}
	return deadReported{events, e.Reporter}
}

// deadReported is Events whose dead are reported.
type deadReported struct {
	controllers.Events
	reporter errorreport.Reporter
}

// Fail records a failure, and reports it if it is the last one.
func (d deadReported) Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	err := d.Events.Fail(ctx, event, cause, retryAfter, dead)
	if err == nil && dead {
		d.reporter.Report(ctx, errorreport.Report{
			Kind: errorreport.DeadEvent, Err: cause,
			Where:       event.Source + " " + string(event.EventType),
			OperationID: event.OperationID, TraceID: errorreport.TraceID(telemetry.WithTraceParent(ctx, event.TraceParent)),
		})
	}
	return err
}
