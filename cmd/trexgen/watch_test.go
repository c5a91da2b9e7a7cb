package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// stream is a stream of changes that watch has opened.
type stream struct {
	body   io.ReadCloser
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// streamKey finds the stream of a script, which watch fills in.
type streamKey struct{}

// watch URL [ID]: follows the changes that a service streams there, those after the message with the id if there is one. A
// stream that is open already is cut off. $EVENT is the id of the last message.
func watch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: watch URL [ID]")
	}
	open := ts.Value(streamKey{}).(**stream)
	if *open != nil {
		(*open).cancel()
	}
	ctx, cancel := context.WithTimeout(context.Background(), servicePatience)
	ts.Defer(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0], nil)
	ts.Check(err)
	if len(args) == 2 {
		r.Header.Set("Last-Event-ID", args[1])
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	ts.Defer(func() { _ = answer.Body.Close() }) // cut off already
	*open = &stream{body: answer.Body, lines: bufio.NewScanner(answer.Body), cancel: cancel}
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("GET %s: got %s", args[0], answer.Status)
	}
	(*open).next(ts) // with it the stream has begun
}

// change: waits for the next change of the stream and leaves it in the file change. ! change: waits for the end of the
// stream, before which there must be none.
func change(ts *testscript.TestScript, neg bool, args []string) {
	open := *ts.Value(streamKey{}).(**stream)
	if len(args) != 0 || open == nil {
		ts.Fatalf("usage: change, after watch")
	}
	for {
		message, ok := open.next(ts)
		is := strings.Contains(message, "\ndata: ")
		switch {
		case !ok && neg:
			return
		case !ok:
			ts.Fatalf("the stream has ended without a change: %v", open.lines.Err())
		case is && neg:
			ts.Fatalf("there is one more change:\n%s", message)
		case is:
			ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), "change"), []byte(message), 0o644))
			return
		}
	}
}

// messageID finds the id of a message.
var messageID = regexp.MustCompile(`(?m)^id: (.+)$`)

// next returns the next message, which an empty line ends, or false at the end of the stream.
func (s *stream) next(ts *testscript.TestScript) (message string, ok bool) {
	var text strings.Builder
	for s.lines.Scan() {
		if s.lines.Text() != "" {
			text.WriteString(s.lines.Text() + "\n")
			continue
		}
		if id := messageID.FindStringSubmatch(text.String()); id != nil {
			ts.Setenv("EVENT", id[1])
		}
		return text.String(), true
	}
	return "", false
}
