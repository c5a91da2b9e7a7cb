package config

import "github.com/spf13/pflag"

// Forwarder is the configuration of the forwarding of events to NATS JetStream.
type Forwarder struct {
	// URL is that of NATS; empty forwards nothing.
	URL Secret

	// Stream is the stream that takes the events; it has to be there. Subject
	// begins their subjects: <Subject>.<source>.<event type>.
	Stream  string
	Subject string
}

func (f *Forwarder) bind(fs *pflag.FlagSet) {
	fs.Var(&f.URL, "nats-url", "`URL` of NATS, to whose JetStream all events are forwarded; none forwards nothing")
	fs.StringVar(&f.Stream, "nats-stream", "EVENTS", "stream that takes the events")
	fs.StringVar(&f.Subject, "nats-subject", "events", "what the subjects of events begin with: <subject>.<source>.<event type>")
}

func (f *Forwarder) validate(to *checker) {
	if f.URL.Reveal() == "" {
		return
	}
	to.check(f.Stream != "", "nats-stream", "is needed with --nats-url")
	to.check(f.Subject != "", "nats-subject", "is needed with --nats-url")
}
