package environments

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/forwarder"
)

// loadForwarder builds what forwards events to NATS, if that is configured. NATS
// itself may be away.
func (e *Env) loadForwarder(context.Context) error {
	from := e.Config.Forwarder
	if !from.Enabled() {
		return nil
	}
	if from.Credentials != "" {
		if _, err := os.Stat(from.Credentials); err != nil {
			return fmt.Errorf("credentials for NATS: %w", err)
		}
	}
	stream := forwarder.NewJetStream(forwarder.JetStreamConfig{
		URL:             from.URL.Reveal(),
		CredentialsFile: from.Credentials,
		Stream:          from.Stream,
		Subject:         from.Subject,
	}, e.Log)
	e.close = append(e.close, stream.Close)

	forwarded := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "forwarder_events_total", Help: "Events that the broker has acknowledged.",
	})
	f := forwarder.New(forwarder.Config{
		PollEvery: e.Config.Events.SweepInterval,
		Clock:     e.databaseTime,
		Observe:   func(events int) { forwarded.Add(float64(events)) },
	}, dao.NewEventLog(e.Database.Sessions), stream, e.Log)
	lag := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "forwarder_lag_seconds", Help: "Age of the oldest event that is still to be forwarded, on the replica that does.",
	}, func() float64 { return f.Lag().Seconds() })

	e.addReader(forwarder.Reader)
	e.onEvents(f.Wake)
	e.addLeaderWork("forwarder", f.Run)
	return errors.Join(e.Metrics.Register(forwarded), e.Metrics.Register(lag))
}

// databaseTime is the time by the clock that events are dated by.
func (e *Env) databaseTime(ctx context.Context) (now time.Time, err error) {
	err = e.Database.Sessions.New(ctx).Raw("SELECT clock_timestamp()").Row().Scan(&now)
	return now, err
}
