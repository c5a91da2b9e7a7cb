package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Stream is the messages of one source for one client. It belongs to one
// goroutine, which has to close it.
type Stream struct {
	feed   *Feed
	source *Source
	after  dao.EventPosition // where it resumes; nothing up to there is wanted
	ready  chan struct{}     // holds one: there is something in the shared part

	// position is that of the last message that was handed out. Up to goal, if
	// behind, the stream reads on its own.
	position, goal dao.EventPosition
	behind         bool
	troubled       bool // the log did not answer

	// The feed's mu guards the rest.
	queue  []message
	size   int // of the queue, in bytes
	err    error
	closed bool
}

// Open begins a stream behind the message with the id, or with what happens
// from now on if the id is empty. The end of ctx ends only the opening. Its
// errors are the Err… above, and those of the database.
func (s *Source) Open(ctx context.Context, id string) (*Stream, error) {
	var after dao.EventPosition
	if id != "" {
		var err error
		if after, err = dao.ParseEventPosition(id); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrID, err)
		}
	}
	stream, err := s.enter(after)
	if err != nil {
		return nil, err
	}
	if err := stream.begin(ctx, id != ""); err != nil {
		stream.Close()
		return nil, err
	}
	return stream, nil
}

// enter counts a new stream, if there is room for it.
func (s *Source) enter(after dao.EventPosition) (*Stream, error) {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	switch {
	case s.feed.stopped:
		return nil, ErrStopped
	case s.feed.streams >= s.feed.cfg.MaxStreams:
		return nil, ErrBusy
	}
	s.feed.streams++
	return &Stream{feed: s.feed, source: s, after: after, ready: make(chan struct{}, 1)}, nil
}

// begin sets where the stream stands.
func (s *Stream) begin(ctx context.Context, resumed bool) (err error) {
	if s.goal, err = s.feed.join(ctx, s); err != nil {
		return err
	}
	if s.position = s.goal; !resumed {
		return nil
	}
	s.position, s.behind = s.after, s.after < s.goal
	if err := s.awaitFeed(ctx); err != nil {
		return err
	}
	return s.byTurns(ctx, func(ctx context.Context) error {
		purged, err := s.feed.events.Purged(ctx, s.after)
		if err == nil && purged {
			err = ErrGone
		}
		return err
	})
}

// awaitFeed waits until the Feed has come as far as the stream, whose id may be
// of another replica that is ahead of this one. An id that the Feed does not
// reach is of another log, for instance the one before a backup was restored.
func (s *Stream) awaitFeed(ctx context.Context) error {
	look := time.NewTicker(s.feed.cfg.SweepEvery)
	defer look.Stop()
	for !s.isReached() {
		select {
		case <-look.C:
		case <-s.ready:
		case <-s.feed.ended:
			return ErrStopped
		case <-ctx.Done():
			return ErrGone
		}
	}
	return nil
}

// isReached reports whether the Feed is where the stream is, or further.
func (s *Stream) isReached() bool {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	return s.position <= s.feed.position
}

// Close ends the stream. It may be called again.
func (s *Stream) Close() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.closed {
		return
	}
	s.closed, s.queue = true, nil
	s.feed.streams--
	s.feed.starve(s)
}

// ID is the id of the last message, or that of a message in its place: who
// resumes there gets all that this stream has not handed out.
func (s *Stream) ID() string { return s.position.String() }

// Next waits for messages and returns them, in the form in which they go over
// the wire. It returns none when it is time for a sign of life. It fails with
// the end of ctx, with ErrStopped, with ErrGone if the client was so slow that
// the log has gone ahead of it, and with what cannot be sent.
func (s *Stream) Next(ctx context.Context) ([][]byte, error) {
	idle := time.NewTimer(s.feed.cfg.Heartbeat)
	defer idle.Stop()
	for {
		var messages []message
		var err error
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case s.behind:
			messages, err = s.history(ctx)
		default:
			messages, err = s.take(ctx)
		}
		if err != nil || len(messages) > 0 {
			return wires(messages), err
		}
		if s.behind && !s.troubled {
			continue
		}
		if waited, err := s.wait(ctx, idle.C); err != nil || !waited {
			return nil, err
		}
	}
}

func wires(messages []message) [][]byte {
	wires := make([][]byte, len(messages))
	for i, m := range messages {
		wires[i] = m.wire
	}
	return wires
}

// wait waits until there may be something to do. It returns false when the
// time is up.
func (s *Stream) wait(ctx context.Context, idle <-chan time.Time) (bool, error) {
	var again <-chan time.Time
	if s.troubled {
		again = time.After(s.feed.cfg.SweepEvery)
	}
	select {
	case <-s.ready:
		return true, nil
	case <-again:
		return true, nil
	case <-idle:
		s.settle()
		return false, nil
	case <-s.feed.ended:
		return false, ErrStopped
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// settle moves the stream on over events that are not its own.
func (s *Stream) settle() {
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.isFed() && len(s.queue) == 0 && !s.behind {
		s.position = s.feed.position
	}
}

// isFed reports whether the Feed gives the stream what it reads. The caller
// holds its mu.
func (s *Stream) isFed() bool {
	_, fed := s.feed.fed[s.source][s]
	return fed
}

// push adds to what waits for the client. It returns false if that has become
// too much; then some of it may be missing at the end. The caller holds mu.
func (s *Stream) push(messages []message) bool {
	for _, m := range messages {
		if m.position <= s.after {
			continue
		}
		if len(s.queue) == s.feed.cfg.Buffer || s.size > s.feed.cfg.BufferBytes {
			return false
		}
		s.queue = append(s.queue, m)
		s.size += len(m.wire)
	}
	if len(messages) > 0 {
		s.signal()
	}
	return true
}

func (s *Stream) signal() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// take returns what waits for the client. If there is nothing and there will
// be nothing, since the stream is not fed any more, it goes on by itself.
func (s *Stream) take(ctx context.Context) ([]message, error) {
	s.feed.mu.Lock()
	messages, fed, err := s.queue, s.isFed(), s.err
	s.queue, s.size = nil, 0
	s.feed.mu.Unlock()
	switch {
	case len(messages) > 0:
		s.position = messages[len(messages)-1].position
		return messages, nil
	case fed:
		return nil, nil
	case err != nil:
		return nil, err
	}
	goal, err := s.feed.join(ctx, s)
	if s.trouble(ctx, err) {
		return nil, s.final(ctx, err)
	}
	s.goal, s.behind = goal, s.position < goal
	return nil, nil
}

// history reads a page of the log. It returns none if there are none on the
// page, or if the log does not answer.
func (s *Stream) history(ctx context.Context) (messages []message, err error) {
	var failed error
	err = s.byTurns(ctx, func(ctx context.Context) (err error) {
		messages, failed, err = s.page(ctx)
		return err
	})
	if s.trouble(ctx, err) {
		return nil, s.final(ctx, err)
	}
	if len(messages) > 0 {
		return messages, nil // what failed comes again
	}
	return nil, failed
}

// page reads up to the goal, and no further: what follows there comes from the
// Feed.
func (s *Stream) page(ctx context.Context) (messages []message, failed, err error) {
	events, next, err := s.feed.events.Read(ctx, s.position, []string{s.source.name}, s.feed.cfg.Page)
	if err != nil {
		return nil, nil, err
	}
	if purged, err := s.feed.events.Purged(ctx, s.position); err != nil {
		return nil, nil, err
	} else if purged {
		return nil, nil, ErrGone
	}
	beyond := slices.IndexFunc(events, func(at dao.EventAt) bool { return at.Position > s.goal })
	if beyond >= 0 {
		events = events[:beyond]
	}
	if messages, failed, err = s.source.render(ctx, events); err != nil {
		return nil, nil, err
	}
	switch {
	case failed != nil && len(messages) > 0:
		s.position = messages[len(messages)-1].position
	case failed != nil:
	case next >= s.goal:
		s.position, s.behind = s.goal, false
	default:
		s.position = next
	}
	return messages, failed, nil
}

// byTurns calls the log when it is the stream's turn, for not too long.
func (s *Stream) byTurns(ctx context.Context, call func(ctx context.Context) error) error {
	select {
	case s.feed.turns <- struct{}{}:
		defer func() { <-s.feed.turns }()
	case <-s.feed.ended:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	return call(ctx)
}

// trouble notes whether the stream has to wait for the log.
func (s *Stream) trouble(ctx context.Context, err error) bool {
	if err != nil && !s.troubled && s.final(ctx, err) == nil {
		s.feed.log.WarnContext(ctx, "a stream cannot catch up, trying again", "source", s.source.name, "error", err)
	}
	s.troubled = err != nil
	return s.troubled
}

// final is err if nothing can be done about it.
func (s *Stream) final(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, ErrStopped) || errors.Is(err, ErrGone) {
		return err
	}
	return nil
}
