package server

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is that of two files. It is read anew when one of them has changed,
// as those do whose certificates last for days.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex
	pair *tls.Certificate
	read [2]stamp // of the files, when they were last read
}

// stamp tells one state of a file from another.
type stamp struct {
	modified time.Time
	size     int64
}

// newCertificate reads the files; that they cannot be used is an error.
func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	stamps, err := c.stamps()
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	c.pair, c.read = &pair, stamps
	return c, err
}

// get is the certificate for one handshake. A look at the files is cheap beside
// that. As long as they cannot be used, such as between the writing of the one
// and of the other, the last one stays.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stamps, err := c.stamps()
	if err == nil && stamps == c.read {
		return c.pair, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.pair = &pair
			c.log.InfoContext(hello.Context(), "new certificate", "file", c.certFile)
		}
	}
	if err != nil && stamps != c.read { // once for each state
		c.log.ErrorContext(hello.Context(), "the new certificate cannot be used, the last one stays", "error", err)
	}
	c.read = stamps
	return c.pair, nil
}

// stamps are those of both files; of one that is not there it is zero.
func (c *certificate) stamps() (stamps [2]stamp, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, failed := os.Stat(name)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		stamps[i] = stamp{info.ModTime(), info.Size()}
	}
	return stamps, err
}
