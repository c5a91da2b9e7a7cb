package forwarder

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

const (
	natsConnectTimeout = 2 * time.Second
	natsReconnectWait  = 250 * time.Millisecond
)

// connected returns a stream that can be published to, now.
func (j *JetStream) connected() (jetstream.JetStream, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	// NATS gives up for good on some errors, such as a user that is refused twice.
	if j.conn == nil || j.conn.IsClosed() {
		if err := j.connect(); err != nil {
			return nil, fmt.Errorf("connect to NATS at %s: %w", hosts(j.cfg.URL), err)
		}
	}
	if !j.conn.IsConnected() {
		return nil, fmt.Errorf("the connection to NATS is lost: %w", cmp.Or(j.conn.LastError(), nats.ErrDisconnected))
	}
	return j.stream, nil
}

func (j *JetStream) connect() error {
	options := []nats.Option{
		nats.Name(api.ServiceName + " forwarder"),
		nats.Timeout(natsConnectTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(natsReconnectWait),
		// While the connection is lost publishing is an error: what waited in a
		// buffer could arrive after it has been published in another way.
		nats.ReconnectBufSize(-1),
		nats.ConnectHandler(j.logConnected),
		nats.ReconnectHandler(j.logConnected),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				j.log.Warn("the connection to NATS is lost", "error", err)
			}
		}),
		// The default prints to stderr. Errors that matter come back from Publish.
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { j.log.Debug("NATS", "error", err) }),
	}
	if j.cfg.CredentialsFile != "" {
		options = append(options, nats.UserCredentials(j.cfg.CredentialsFile))
	}
	conn, err := nats.Connect(j.cfg.URL, options...)
	if err != nil {
		return err
	}
	stream, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(j.cfg.AckTimeout))
	if err != nil {
		conn.Close()
		return err
	}
	j.conn, j.stream = conn, stream
	return nil
}

func (j *JetStream) logConnected(conn *nats.Conn) {
	j.log.Info("connected to NATS", "url", conn.ConnectedUrlRedacted(), "stream", j.cfg.Stream)
}

// hosts are those of the URLs in text, which are separated by commas, without
// the users and passwords in them.
func hosts(text string) string {
	var hosts []string
	for part := range strings.SplitSeq(text, ",") {
		host := "a URL that cannot be read"
		if u, err := url.Parse(strings.TrimSpace(part)); err == nil && u.Host != "" {
			host = u.Host
		}
		hosts = append(hosts, host)
	}
	return strings.Join(hosts, ", ")
}
