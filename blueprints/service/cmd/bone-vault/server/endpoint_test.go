package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keyPair is the files of a certificate for 127.0.0.1, which trusts itself, and
// of its key.
type keyPair struct{ cert, key string }

// renew writes a new certificate of this number, and returns who trusts it.
func (f keyPair) renew(t *testing.T, number int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(path, kind string, bytes []byte) {
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		// Not all file systems tell times that are close together apart.
		stamp := time.Unix(number, 0)
		if err := os.Chtimes(path, stamp, stamp); err != nil {
			t.Fatal(err)
		}
	}
	write(f.cert, "CERTIFICATE", der)
	write(f.key, "PRIVATE KEY", keyDER)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AddCert(parsed)
	return trusted
}

func newKeyPair(t *testing.T) keyPair {
	t.Helper()
	dir := t.TempDir()
	return keyPair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	files := newKeyPair(t)
	trusted := files.renew(t, 1)
	p.config.API.TLSCert, p.config.API.TLSKey = files.cert, files.key
	p.api = secureHeaders(p.api)
	s := start(t, p)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: trusted}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
	}}
	answer, err := client.Get("https://" + s.APIAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 {
		t.Errorf("got %d over %s, want 200 over HTTP/2", answer.StatusCode, answer.Proto)
	}
	if got := answer.Header.Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") {
		t.Errorf("Strict-Transport-Security: got %q", got)
	}
	if _, err := tls.Dial("tcp", s.APIAddr().String(), &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
}

func TestANewCertificateIsServedWithoutARestart(t *testing.T) {
	t.Parallel()
	p, journal := testParts(t)
	files := newKeyPair(t)
	all := files.renew(t, 1)
	p.config.API.TLSCert, p.config.API.TLSKey = files.cert, files.key
	s := start(t, p)
	number := func() int64 {
		t.Helper()
		conn, err := tls.Dial("tcp", s.APIAddr().String(), &tls.Config{RootCAs: all})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }() // which was only to look
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if got := number(); got != 1 {
		t.Fatalf("got the certificate %d, want 1", got)
	}
	all = files.renew(t, 2)
	if got := number(); got != 2 {
		t.Errorf("after the files have changed: got the certificate %d, want 2", got)
	}
	// A certificate without its key, as between two writes, and no files at all.
	old := newKeyPair(t)
	old.renew(t, 3)
	if err := os.Rename(old.key, files.key); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := number(); got != 2 {
			t.Errorf("with a key of another: got the certificate %d, want 2", got)
		}
	}
	if got := strings.Count(journal.String(), "the new certificate cannot be used"); got != 1 {
		t.Errorf("got %d lines that say so, want 1:\n%s", got, journal)
	}
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	if got := number(); got != 2 {
		t.Errorf("without files: got the certificate %d, want 2", got)
	}
	all = files.renew(t, 4)
	if got := number(); got != 4 {
		t.Errorf("when they are right again: got the certificate %d, want 4", got)
	}
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
}

func TestABadCertificateIsAnErrorAtStart(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	p.config.API.TLSCert, p.config.API.TLSKey = "/nowhere/cert.pem", "/nowhere/key.pem"
	if _, err := open(t.Context(), p); err == nil || !strings.Contains(err.Error(), "/nowhere/cert.pem") {
		t.Errorf("got %v", err)
	}
}

func TestTimeoutsAreThoseOfTheConfiguration(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	s, err := open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*endpoint{s.api, s.probes, s.metrics} {
		got, limits := e.server, p.config.API
		if got.ReadHeaderTimeout != limits.ReadHeaderTimeout || got.IdleTimeout != limits.IdleTimeout ||
			got.ReadTimeout != limits.RequestTimeout+answerTime || got.WriteTimeout != limits.RequestTimeout+answerTime || got.MaxHeaderBytes != maxHeaderBytes {
			t.Errorf("%s: got %s for the header, %s for the body, %s for the answer, %s between, %d bytes", e.name,
				got.ReadHeaderTimeout, got.ReadTimeout, got.WriteTimeout, got.IdleTimeout, got.MaxHeaderBytes)
		}
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}
}

// Clients that keep a connection without using it are cut off, whatever they
// wait with.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	const soon, never = 50 * time.Millisecond, time.Hour
	large := strings.Repeat("x", 16<<20) // more than fits into the buffers between the two
	tests := map[string]struct {
		sends               string
		header, body, write time.Duration
		idle                time.Duration
		reads               bool
	}{
		"nothing at all":    {"", soon, never, never, never, true},
		"half a header":     {"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", soon, never, never, never, true},
		"half a body":       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", never, soon, never, never, true},
		"half a chunk":      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha", never, soon, never, never, true},
		"no second request": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", never, never, never, soon, true},
		"reads no answer":   {"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", never, never, soon, never, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := testParts(t)
			ended := make(chan error, 1)
			p.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.Copy(io.Discard, r.Body)
				if r.URL.Path == "/large" {
					_, err = io.WriteString(w, large)
				}
				ended <- err
			})
			s, err := open(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			s.api.server.ReadHeaderTimeout, s.api.server.ReadTimeout = tt.header, tt.body
			s.api.server.WriteTimeout, s.api.server.IdleTimeout = tt.write, tt.idle
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Run(ctx) }()

			conn, err := net.Dial("tcp", s.APIAddr().String())
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(conn, tt.sends); err != nil {
				t.Fatal(err)
			}
			if tt.reads {
				// A connection that is reset is cut off as well.
				if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("the connection stays open")
				}
			} else if err := <-ended; err == nil {
				t.Error("the handler was not told that nobody reads")
			}
			stop()
			if err := errors.Join(<-done, conn.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}
