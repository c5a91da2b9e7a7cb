package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Forwarder is the configuration of the forwarding of events to NATS JetStream.
type Forwarder struct {
	// URL is that of NATS, or several with commas between them; empty forwards
	// nothing. It may hold a user and a password.
	URL Secret

	// Credentials is a file of credentials of NATS, instead of a user in URL.
	Credentials string

	// Stream is the stream that takes the events; it has to be there. Subject
	// begins their subjects: <Subject>.<source>.<event type>.
	Stream  string
	Subject string
}

func (f *Forwarder) bind(fs *pflag.FlagSet) {
	fs.Var(&f.URL, "nats-url", "`URL` of NATS, to whose JetStream all events are forwarded; none forwards nothing")
	fs.StringVar(&f.Credentials, "nats-creds", "", "`file` with the credentials for NATS")
	fs.StringVar(&f.Stream, "nats-stream", "EVENTS", "stream that takes the events")
	fs.StringVar(&f.Subject, "nats-subject", "events", "what the subjects of events begin with: <subject>.<source>.<event type>")
}

// Enabled tells whether events are forwarded.
func (f *Forwarder) Enabled() bool { return f.URL.Reveal() != "" }

func (f *Forwarder) validate(to *checker) {
	if !f.Enabled() {
		to.check(f.Credentials == "", "nats-creds", "goes together with --nats-url")
		return
	}
	for server := range strings.SplitSeq(f.URL.Reveal(), ",") {
		// Neither the text nor the cause is shown: there may be a password in it.
		to.check(isServerOfNATS(strings.TrimSpace(server)), "nats-url", "want nats://host:4222 or tls://host:4222, or several with commas between them")
	}
	to.check(f.Stream != "" && !strings.ContainsAny(f.Stream, ".*> /\\\t\r\n"), "nats-stream", "%q is no name of a stream: it has no dots, blanks, slashes, * or >", f.Stream)
	to.check(isSubject(f.Subject), "nats-subject", "%q is no subject: want words with dots between them, without blanks, * or >", f.Subject)
}

func isServerOfNATS(text string) bool {
	u, err := url.Parse(text)
	return err == nil && slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) && u.Hostname() != ""
}

func isSubject(text string) bool {
	return !slices.Contains(strings.Split(text, "."), "") && !strings.ContainsAny(text, "*> \t\r\n")
}
