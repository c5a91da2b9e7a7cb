package daotest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Backlog returns what the kinds' handlers and each consumer have before them.
func (e *Events) Backlog(context.Context) ([]dao.EventBacklog, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := []dao.EventBacklog{e.backlog("")}
	for _, consumer := range slices.Sorted(maps.Keys(e.deliveries)) {
		if backlog := e.backlog(consumer); backlog.Open+backlog.Dead > 0 {
			all = append(all, backlog)
		}
	}
	return all, nil
}

func (e *Events) backlog(consumer string) dao.EventBacklog {
	queue := e.queue(consumer)
	open := queue.open()
	backlog := dao.EventBacklog{Consumer: consumer, Open: int64(len(open))}
	for _, event := range queue.rows {
		if event.DeadAt != nil {
			backlog.Dead++
		}
	}
	if len(open) > 0 {
		backlog.Oldest = max(0, time.Since(open[0].CreatedAt))
	}
	return backlog
}

// queue returns the work of the consumer, or of the kinds' handlers.
func (e *Events) queue(consumer string) *eventQueue {
	if consumer == "" {
		return e.eventQueue
	}
	return e.deliveriesTo(consumer)
}

// Retry makes dead or failing work due at once.
func (e *Events) Retry(_ context.Context, which dao.EventSelection) (int64, error) {
	return e.repair(which, func(queue *eventQueue, event *api.Event) {
		event.Attempts, event.RunAt, event.DeadAt = 0, api.Now(), nil
		queue.write(event)
	})
}

// Drop gives dead or failing work up.
func (e *Events) Drop(_ context.Context, which dao.EventSelection) (int64, error) {
	return e.repair(which, func(queue *eventQueue, event *api.Event) {
		cause := event.LastError
		queue.done(event)
		if kept, exists := queue.rows[event.ID]; exists {
			kept.LastError, kept.DeadAt = cause, nil
			queue.rows[event.ID] = kept
		}
	})
}

func (e *Events) repair(which dao.EventSelection, change func(queue *eventQueue, event *api.Event)) (repaired int64, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := make([]string, len(which.IDs))
	for i, id := range which.IDs {
		ids[i] = canonical(id)
	}
	selected := func(values []string, value string) bool { return values == nil || slices.Contains(values, value) }
	for _, consumer := range append(slices.Collect(maps.Keys(e.deliveries)), "") {
		queue := e.queue(consumer)
		for id, event := range maps.Clone(queue.rows) {
			failing := isOpen(event) && !queue.leased[id] && event.Attempts > 0 && event.LastError != nil
			idle := isOpen(event) && consumer != "" && which.Untried && (!queue.leased[id] || !event.RunAt.After(api.Now()))
			if (event.DeadAt != nil || failing && !which.OnlyDead || idle) && selected(which.Consumers, consumer) &&
				selected(which.Sources, event.Source) && (which.IDs == nil || slices.Contains(ids, id)) {
				change(queue, &event)
				repaired++
			}
		}
	}
	return repaired, nil
}
