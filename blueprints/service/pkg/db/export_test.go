package db

import "time"

// Hasten makes what takes seconds in production take a good second.
func (l *Leader) Hasten() *Leader {
	l.poll, l.check, l.limit = 20*time.Millisecond, 100*time.Millisecond, time.Second
	return l
}

// Distrust has the listener ask soon whether its connection is alive.
func (l *Listener) Distrust() *Listener {
	l.silence = 50 * time.Millisecond
	return l
}

// Distrust has the notifier ask soon whether its connection is alive.
func (n *Notifier) Distrust() *Notifier {
	n.silence = 50 * time.Millisecond
	return n
}
