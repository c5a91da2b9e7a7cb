package watch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// logTimeout bounds each call of the log.
const logTimeout = 10 * time.Second

// admission is the wish of a stream to be fed.
type admission struct {
	stream *Stream
	done   chan struct{} // closed when there is an answer
	from   dao.EventPosition
	err    error
}

// join has stream fed with all that follows the position that it returns. At
// the moment of the call that is the end of the log, or further.
func (f *Feed) join(ctx context.Context, stream *Stream) (dao.EventPosition, error) {
	wish := &admission{stream: stream, done: make(chan struct{})}
	f.mu.Lock()
	f.waiting = append(f.waiting, wish)
	f.mu.Unlock()
	f.Wake()
	select {
	case <-wish.done:
		return wish.from, wish.err
	case <-f.ended:
		return wish.from, ErrStopped
	case <-ctx.Done():
		return wish.from, ctx.Err()
	}
}

// reading is the state of Run. It belongs to one goroutine.
type reading struct {
	*Feed
	lost bool // the log has not answered since
}

// round reads what there is, for those who are fed, and then admits those who
// wished to be before the reading began. It reports whether it found something,
// or nobody wants it.
func (r *reading) round(ctx context.Context) (found bool) {
	r.mu.Lock()
	wishes, idle := r.waiting, len(r.fed) == 0
	r.waiting = nil
	r.mu.Unlock()
	before := r.position
	if idle && len(wishes) == 0 {
		return true
	}
	err := r.advance(ctx, idle)
	r.report(ctx, err)

	r.mu.Lock()
	defer r.mu.Unlock()
	for _, wish := range wishes {
		wish.from, wish.err = r.position, err
		if err == nil && !wish.stream.closed {
			if r.fed[wish.stream.source] == nil {
				r.fed[wish.stream.source] = map[*Stream]struct{}{}
			}
			r.fed[wish.stream.source][wish.stream] = struct{}{}
		}
		close(wish.done)
	}
	return idle || r.position != before
}

// report logs when the log of events gets out of reach, and back.
func (r *reading) report(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !r.lost:
		r.log.WarnContext(ctx, "streams get no events, trying again", "error", err)
	case err == nil && r.lost:
		r.log.InfoContext(ctx, "streams get events again")
	}
	r.lost = err != nil
}

// advance brings the Feed to the end of the log: if it is idle by a leap, else
// by reading.
func (r *reading) advance(ctx context.Context, idle bool) error {
	if idle {
		end, err := within(ctx, r.events.End)
		if err == nil {
			r.moveTo(end)
		}
		return err
	}
	for {
		more, err := r.read(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// read gives those who are fed one page. More is false at the end of the log.
func (r *reading) read(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	sources := r.fedSources()
	if len(sources) == 0 { // they have gone meanwhile
		return false, nil
	}
	names := make([]string, len(sources))
	for i, source := range sources {
		names[i] = source.name
	}
	events, next, err := r.events.Read(ctx, r.position, slices.Compact(names), r.cfg.Page)
	if err != nil {
		return false, fmt.Errorf("read the log: %w", err)
	}
	if r.lost { // for so long, perhaps, that there is a gap
		if purged, err := r.events.Purged(ctx, r.position); err != nil || purged {
			return false, r.skip(ctx, err)
		}
	}
	rendered := make([][]message, len(sources))
	failed := make([]error, len(sources))
	for i, source := range sources {
		if rendered[i], failed[i], err = source.render(ctx, events); err != nil {
			return false, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, source := range sources {
		r.give(source, rendered[i])
		if failed[i] != nil {
			r.end(source, failed[i])
		}
	}
	r.position = next
	return len(events) == r.cfg.Page, nil
}

// skip ends all streams that are fed, since they would not get all there was.
func (r *reading) skip(ctx context.Context, err error) error {
	if err != nil {
		return fmt.Errorf("look for a gap in the log: %w", err)
	}
	end, err := within(ctx, r.events.End)
	if err != nil {
		return err
	}
	for _, source := range r.fedSources() {
		r.mu.Lock()
		r.end(source, ErrGone)
		r.mu.Unlock()
	}
	r.moveTo(end)
	return nil
}

// end ends the streams of source that are fed. The caller holds mu.
func (r *reading) end(source *Source, err error) {
	for stream := range r.fed[source] {
		stream.err = err
		r.starve(stream)
	}
}

func (r *reading) moveTo(position dao.EventPosition) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.position = position
}

// within calls the log, for not too long.
func within[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	return call(ctx)
}
