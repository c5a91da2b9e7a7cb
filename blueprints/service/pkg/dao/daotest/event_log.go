package daotest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// EventLog stands for a dao.EventLog.
type EventLog struct{ events *Events }

// Log stands for the dao.EventLog of the same events.
func (e *Events) Log() *EventLog { return &EventLog{e} }

// Read returns events after the position, and the position to go on from.
func (l *EventLog) Read(_ context.Context, after dao.EventPosition, sources []string, limit int) ([]dao.EventAt, dao.EventPosition, error) {
	l.events.mu.Lock()
	defer l.events.mu.Unlock()
	var found []dao.EventAt
	for _, event := range slices.SortedFunc(maps.Values(l.events.objects), bySequence) {
		position := dao.EventPosition(event.Sequence)
		if position > after && (len(sources) == 0 || slices.Contains(sources, event.Source)) {
			found = append(found, dao.EventAt{Event: event, Position: position})
		}
	}
	if len(found) < limit {
		return found, max(after, dao.EventPosition(l.events.last)), nil
	}
	found = found[:limit]
	if limit == 0 {
		return found, after, nil
	}
	return found, found[limit-1].Position, nil
}

// End returns the position before all events that are yet to come.
func (l *EventLog) End(context.Context) (dao.EventPosition, error) {
	l.events.mu.Lock()
	defer l.events.mu.Unlock()
	return dao.EventPosition(l.events.last), nil
}

// Purged tells whether events after the position may have been purged.
func (l *EventLog) Purged(_ context.Context, after dao.EventPosition) (bool, error) {
	l.events.mu.Lock()
	defer l.events.mu.Unlock()
	return int64(after) < l.events.purged, nil
}

// Cursor returns how far the reader has come.
func (l *EventLog) Cursor(_ context.Context, reader string) (dao.EventPosition, error) {
	l.events.mu.Lock()
	defer l.events.mu.Unlock()
	return l.events.cursors[reader], nil
}

// SaveCursor moves the reader from one position to another, or returns
// dao.ErrStale.
func (l *EventLog) SaveCursor(_ context.Context, reader string, from, to dao.EventPosition) error {
	l.events.mu.Lock()
	defer l.events.mu.Unlock()
	if l.events.cursors[reader] != from {
		return fmt.Errorf("save cursor of %s: %w", reader, dao.ErrStale)
	}
	l.events.cursors[reader] = to
	return nil
}
