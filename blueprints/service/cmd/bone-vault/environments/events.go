package environments

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/eventmetrics"
)

// events is how events are dealt with.
type events struct {
	metrics   *eventmetrics.Metrics
	consumers []consumer
	readers   []string // of the log, by the names of their cursors

	// parked, unless nil, has somebody told that the event of an id is dead.
	parked func(ctx context.Context, id string) error
}

// consumer is told of events besides the kinds' own handlers.
type consumer struct {
	name  string
	wants func(source string, what api.EventType) bool
}

func (e *Env) loadEventMetrics(context.Context) (err error) {
	e.events.metrics, err = eventmetrics.New(e.Metrics)
	return err
}

// loadControllers builds what calls the kinds' services about events.
func (e *Env) loadControllers(context.Context) error {
	e.Controllers = e.newManager("", dao.NewEventDao(e.Database.Sessions), nil)
	e.addWork("controllers", e.Controllers.Run)
	return nil
}

// addConsumer has handler called about the events that wants wants, by workers
// of its own: it neither holds up the kinds' handlers nor is held up by them. The
// name is kept with each event and must stay what it is from one version of the
// service to the next. What adjust, unless nil, changes is what differs from the
// manager of the kinds' own.
func (e *Env) addConsumer(name string, wants func(source string, what api.EventType) bool, handler controllers.Handler, adjust func(*controllers.Config)) error {
	manager := e.newManager(name, dao.NewEventDeliveries(e.Database.Sessions, name), adjust)
	if err := manager.RegisterAll(handler); err != nil {
		return err
	}
	e.events.consumers = append(e.events.consumers, consumer{name, wants})
	e.addWork(name, manager.Run)
	return nil
}

// newManager returns a manager of the work of consumer that is woken when there
// may be some.
func (e *Env) newManager(consumer string, events controllers.Events, adjust func(*controllers.Config)) *controllers.Manager {
	from := e.Config.Events
	cfg := controllers.Config{
		Consumer:    consumer,
		Workers:     from.Workers,
		Batch:       from.Batch,
		Lease:       from.Lease,
		MaxAttempts: from.MaxAttempts,
		BackoffBase: from.Backoff,
		BackoffMax:  from.MaxBackoff,
		SweepEvery:  from.SweepInterval,
		StopTimeout: e.Config.ShutdownTimeout,
		Tracing:     e.Tracing,
		Observe:     e.events.metrics.Attempted,
	}
	if adjust != nil {
		adjust(&cfg)
	}
	manager := controllers.New(cfg, e.reportDead(e.tellDead(events)), e.Log)
	e.onEvents(manager.Wake)
	return manager
}

// addReader keeps events until the reader with a cursor of this name has passed
// them.
func (e *Env) addReader(name string) { e.events.readers = append(e.events.readers, name) }

// consumersOf are those that have to be told of what happened to an object of
// source.
func (e *Env) consumersOf(source string, what api.EventType) []string {
	var names []string
	for _, consumer := range e.events.consumers {
		if consumer.wants(source, what) {
			names = append(names, consumer.name)
		}
	}
	return names
}

// loadEventLog has old events purged, and shows how many wait. It comes after
// all that add consumers and readers.
func (e *Env) loadEventLog(context.Context) error {
	log := dao.NewEventDao(e.Database.Sessions)
	names := make([]string, len(e.events.consumers))
	for i, consumer := range e.events.consumers {
		names[i] = consumer.name
	}
	purge := controllers.Purge{
		Events:    log,
		Log:       e.Log,
		Retention: e.Config.Events.Retention,
		Every:     e.Config.Events.PurgeInterval,
		Readers:   e.events.readers,
	}
	e.addLeaderWork("purge", purge.Run)
	return e.Metrics.Register(eventmetrics.NewBacklog(log.Backlog, e.Log, names...))
}
