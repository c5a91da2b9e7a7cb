package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// mostWebhooks is the number of requests that wait for a script to ask for them.
const mostWebhooks = 100

// webhook is a request that a receiver has got.
type webhook struct {
	id   string
	body []byte
	err  error // what is wrong with its signature
}

// receiver takes webhooks for a script.
type receiver struct {
	webhooks chan webhook
	seen     map[string]bool // ids
}

// receiverKey finds the receiver of a script, which receive fills in.
type receiverKey struct{}

// receive SECRET: listens for webhooks that are signed with the secret. $RECEIVER is where.
func receive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: receive SECRET")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(args[0], "whsec_"))
	ts.Check(err)
	to := &receiver{webhooks: make(chan webhook, mostWebhooks), seen: map[string]bool{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = signed(key, r.Header, body)
		}
		select {
		case to.webhooks <- webhook{id: r.Header.Get("Webhook-Id"), body: body, err: err}:
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	ts.Defer(server.Close)
	ts.Setenv("RECEIVER", server.URL)
	*ts.Value(receiverKey{}).(**receiver) = to
}

// signed says what is wrong with the signature of a request, by the text of Standard Webhooks and not by the library that
// services use.
func signed(key []byte, header http.Header, body []byte) error {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", header.Get("Webhook-Id"), header.Get("Webhook-Timestamp"), body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := header.Get("Webhook-Signature"); !slices.Contains(strings.Fields(got), want) {
		return fmt.Errorf("signature: got %q, want %q", got, want)
	}
	return nil
}

// received: waits for the next webhook and leaves its body in the file webhook. Repeats, which receivers have to bear, are
// passed over.
func received(ts *testscript.TestScript, neg bool, args []string) {
	from := *ts.Value(receiverKey{}).(**receiver)
	if neg || len(args) != 0 || from == nil {
		ts.Fatalf("usage: received, after receive")
	}
	patience := time.After(servicePatience)
	for {
		select {
		case got := <-from.webhooks:
			ts.Check(got.err)
			if from.seen[got.id] {
				continue
			}
			from.seen[got.id] = true
			ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), "webhook"), got.body, 0o644))
			return
		case <-patience:
			ts.Fatalf("no webhook within %v", servicePatience)
		}
	}
}
