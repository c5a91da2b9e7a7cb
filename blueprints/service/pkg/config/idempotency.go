package config

import (
	"time"

	"github.com/spf13/pflag"
)

// Idempotency is the configuration of what is kept about requests that have an
// Idempotency-Key.
type Idempotency struct {
	// Retention is how long answers are kept, PurgeInterval how often older ones
	// are looked for.
	Retention     time.Duration
	PurgeInterval time.Duration

	// MaxAnswerBytes is the largest answer that is kept; a request with a larger
	// one is refused.
	MaxAnswerBytes int64
}

func (i *Idempotency) bind(fs *pflag.FlagSet) {
	fs.DurationVar(&i.Retention, "idempotency-retention", 24*time.Hour, "how long the answer to a request with an Idempotency-Key is kept")
	fs.DurationVar(&i.PurgeInterval, "idempotency-purge-interval", 10*time.Minute, "how often older ones are looked for")
	fs.Int64Var(&i.MaxAnswerBytes, "idempotency-max-answer-bytes", 4<<20, "largest answer that is kept")
}

func (i *Idempotency) validate(to *checker) {
	to.positive("idempotency-retention", i.Retention)
	to.positive("idempotency-purge-interval", i.PurgeInterval)
	to.atLeast("idempotency-max-answer-bytes", 1, i.MaxAnswerBytes)
}
