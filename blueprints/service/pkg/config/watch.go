package config

import (
	"time"

	"github.com/spf13/pflag"
)

// Watch is the configuration of the streams of changes.
type Watch struct {
	// MaxStreams bounds the streams that are open at a time; Heartbeat is the
	// time after which a stream without changes shows that it is alive.
	MaxStreams int
	Heartbeat  time.Duration
}

func (w *Watch) bind(fs *pflag.FlagSet) {
	fs.IntVar(&w.MaxStreams, "watch-max-streams", 1000, "largest number of clients that watch at a time")
	fs.DurationVar(&w.Heartbeat, "watch-heartbeat", 15*time.Second, "time after which a stream without changes shows that it is alive")
}

func (w *Watch) validate(to *checker) {
	to.atLeast("watch-max-streams", 0, int64(w.MaxStreams))
	to.positive("watch-heartbeat", w.Heartbeat)
}
