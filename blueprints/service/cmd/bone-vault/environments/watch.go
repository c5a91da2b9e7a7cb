package environments

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

// loadWatch builds what streams of changes are fed by.
func (e *Env) loadWatch(context.Context) error {
	e.Streams = watch.New(watch.Config{
		MaxStreams: e.Config.Watch.MaxStreams,
		Heartbeat:  e.Config.Watch.Heartbeat,
		SweepEvery: e.Config.Events.SweepInterval,
	}, dao.NewEventLog(e.Database.Sessions), e.Log)
	e.onEvents(e.Streams.Wake)
	e.addWork("watch", e.Streams.Run)
	return e.Metrics.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "watch_streams", Help: "Clients that watch changes.",
	}, func() float64 { return float64(e.Streams.Streams()) }))
}
