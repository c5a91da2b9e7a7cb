package devdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// Options is what a server may be asked for; the zero value is a throw-away.
type Options struct {
	// Dir keeps the data from one run to the next; it is made if needed.
	// Empty means a temporary folder, and settings that are fast, not safe.
	Dir string

	// Log is told what takes long or may surprise, one line each; nil is silence.
	Log io.Writer
}

// Server is a PostgreSQL that is running.
type Server struct {
	url  string
	stop func() error
}

// URL reaches the maintenance database as a user who may create databases.
func (s *Server) URL() string { return s.url }

// Stop ends the server, if it was started here, and removes what it leaves
// behind. Stopping twice does nothing.
func (s *Server) Stop() error { return s.stop() }

// Start finds or starts a server: see the package. Ctx bounds the start, not
// the server's life.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = io.Discard
	}
	if url := os.Getenv("DATABASE_URL"); url != "" {
		return given(ctx, url)
	}
	var missing []string
	for _, w := range ways {
		launch, err := w.find(ctx, o)
		if err != nil {
			missing = append(missing, fmt.Sprintf("  %s: %v", w.name, err))
			continue
		}
		server, err := serve(ctx, o, launch)
		if err != nil {
			return nil, fmt.Errorf("start PostgreSQL by %s: %w", w.name, err)
		}
		return server, nil
	}
	return nil, errors.New("no PostgreSQL found:\n" + strings.Join(missing, "\n") + "\n" + help)
}

// launcher knows how to run a server in a home.
type launcher interface {
	// prepare makes the data folder, unless it is there.
	prepare(ctx context.Context, h *home) error
	// command runs the server in the foreground, listening on port of the
	// loopback. Interrupted, it stops.
	command(h *home, port int) *child
}

// ways are tried in order. The first that the machine has is taken; if that one
// then fails, its error says more than a second way would help.
var ways = []struct {
	name string
	find func(context.Context, Options) (launcher, error)
}{
	{"its programs", findPrograms},
	{"docker", engine("docker")},
	{"podman", engine("podman")},
	{"download", download},
}

const help = `Do one of these:
  set DATABASE_URL to a server that you have, as a user who may create databases
  install PostgreSQL (apt-get install postgresql, dnf install postgresql-server, brew install postgresql)
  start docker or podman
  run as another user than root with access to the internet, for the download`

// given is the server of DATABASE_URL, which is not ours to stop.
func given(ctx context.Context, url string) (*Server, error) {
	conn, err := connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return &Server{url: url, stop: func() error { return nil }}, conn.Close(ctx)
}

func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := db.ParseURL(url)
	if err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, config)
}
