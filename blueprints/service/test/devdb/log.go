package devdb

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// shownLog is how much of the end of the server's log an error shows.
const shownLog = 8 << 10

// openLog starts the log anew.
func (h *home) openLog() (*os.File, error) {
	return os.OpenFile(h.path("log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// logged is what the server said last, as an error.
func (h *home) logged() error {
	text, err := os.ReadFile(h.path("log"))
	if err != nil {
		return fmt.Errorf("read the server's log: %w", err)
	}
	if len(text) > shownLog {
		text = text[len(text)-shownLog:]
	}
	return errors.New("the server's log:\n" + strings.TrimRight(string(text), "\n"))
}
