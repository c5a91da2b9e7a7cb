package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Message is one block of a stream of server-sent events. One without Data only
// says that the stream is alive, and where it stands.
type Message struct {
	// ID is that of this message or, if it has none, of the last one that had.
	ID string

	// Event says what kind of message it is: Create, Update or Delete in streams
	// of changes.
	Event string
	Data  []byte

	// Comment is for people.
	Comment string

	// Retry is how long to wait before the next connection; 0 if it does not say.
	Retry time.Duration
}

// MessageReader reads the messages of a stream of server-sent events.
type MessageReader struct {
	lines *bufio.Reader
	id    string
}

// NewMessageReader returns a reader of the messages in body.
func NewMessageReader(body io.Reader) *MessageReader {
	return &MessageReader{lines: bufio.NewReader(body)}
}

// Next returns the next message. At the end of the stream the error is io.EOF,
// also if there is half a message: that is not to be heeded.
func (r *MessageReader) Next() (Message, error) {
	var m Message
	var comments []string
	begun := false
	for {
		line, err := r.lines.ReadBytes('\n')
		if err != nil {
			return Message{}, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			if !begun {
				continue
			}
			m.ID, m.Comment = r.id, strings.Join(comments, "\n")
			m.Data = bytes.TrimSuffix(m.Data, []byte("\n"))
			return m, nil
		}
		begun = true
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "":
			comments = append(comments, string(value))
		case "id":
			r.id = string(value)
		case "event":
			m.Event = string(value)
		case "data":
			m.Data = append(append(m.Data, value...), '\n')
		case "retry":
			if ms, err := strconv.Atoi(string(value)); err == nil {
				m.Retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// ErrGone means that events may be gone that followed the last one seen: list
// the objects again and watch from now on.
var ErrGone = errors.New("later events may be gone")

// StatusError is an answer that is no stream.
type StatusError struct {
	Status int
	Body   []byte
}

func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %.200s", e.Status, e.Body) }

// Is makes errors.Is(err, ErrGone) true for the status that says so.
func (e *StatusError) Is(target error) bool { return target == ErrGone && e.Status == statusGone }
