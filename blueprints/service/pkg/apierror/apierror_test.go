package apierror_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// The log tells what clients are not told, and says nothing twice.
func TestLogTellsTheCause(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"hidden":    {apierror.Wrap(apierror.Lock, errors.New("disk on fire")), `locked by another request: disk on fire`},
		"in reason": {apierror.New(apierror.Search, "search: %w", errors.New("at 1")), `search: at 1`},
		"none":      {apierror.New(apierror.NotFound, ""), `not found`},
	} {
		var line bytes.Buffer
		slog.New(slog.NewTextHandler(&line, nil)).Info("x", "error", test.err)
		if !strings.HasSuffix(line.String(), `error="`+test.want+"\"\n") {
			t.Errorf("%s: got %s, want %s at its end", name, &line, test.want)
		}
	}
}
