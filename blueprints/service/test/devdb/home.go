package devdb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// account is another user than that of this process.
type account struct {
	name     string
	uid, gid int
}

// home is the folder of one server:
//
//	alive     locked by the process that runs the server
//	data      of the server, and of its user
//	log       what the server said
//	password  of the user postgres
//	url       of the server while it runs
type home struct {
	dir      string
	keep     bool
	account  *account // who runs the server; nil: the user of this process
	password string
	alive    *os.File
	guard    *guard
}

// homePrefix starts the name of every throw-away home.
const homePrefix = "devdb-"

// openHome makes or takes the home, or returns the server that another process
// is running in it.
func openHome(ctx context.Context, o Options) (*home, *Server, error) {
	acc, err := unprivileged()
	if err != nil {
		return nil, nil, err
	}
	h := &home{keep: o.Dir != "", account: acc}
	if h.keep {
		running, err := h.take(ctx, o)
		if err != nil || running != nil {
			return nil, running, err
		}
	} else if err := h.make(); err != nil {
		return nil, nil, err
	}
	if err := h.furnish(); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("set up %s: %w", h.dir, err), h.close())
	}
	return h, nil, nil
}

// make makes a throw-away home and sweeps those of the dead.
func (h *home) make() error {
	parent, err := h.parent()
	if err != nil {
		return err
	}
	sweep(parent)
	for {
		if h.dir, err = os.MkdirTemp(parent, homePrefix); err != nil {
			return err
		}
		h.alive, err = hold(h.path("alive"))
		if err == nil {
			return nil
		}
		// A sweep of another process was between the two; it removes the folder.
		if !own(h.dir) {
			continue
		}
		return errors.Join(err, os.RemoveAll(h.dir))
	}
}

// parent is the folder for temporary files, or another that the server's user
// can reach.
func (h *home) parent() (string, error) {
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if dir, err := filepath.Abs(dir); err == nil && h.reaches(dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no temporary folder that the user %s can reach", h.account.name)
}

// sweep removes the throw-away homes whose processes were killed together with
// their guards. A server that still runs in one stops by itself: PostgreSQL
// looks every minute whether its data is still there.
func sweep(parent string) {
	found, _ := filepath.Glob(filepath.Join(parent, homePrefix+"*"))
	for _, dir := range found {
		if !own(dir) {
			continue
		}
		alive, err := hold(filepath.Join(dir, "alive"))
		if err != nil {
			continue // lives
		}
		// What cannot be removed now is left to the next sweep.
		_ = os.RemoveAll(filepath.Join(dir, "data"))
		_ = alive.Close() // Windows removes no file that is open
		_ = os.RemoveAll(dir)
	}
}

// take takes the kept home, waiting for a process that holds it to either
// have its server ready, which is then shared, or to be gone.
func (h *home) take(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if !h.reaches(dir) {
		name := sha256.Sum256([]byte(dir))
		dir = filepath.Join("/var/tmp", "devdb-kept-"+hex.EncodeToString(name[:6]))
		if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		fmt.Fprintf(o.Log, "devdb: the data is in %s: the user %s, who runs the server instead of root, cannot reach %s\n",
			dir, h.account.name, o.Dir)
	}
	if !own(dir) {
		return nil, fmt.Errorf("%s: not a folder of this user", dir)
	}
	h.dir = dir
	for {
		if h.alive, err = hold(h.path("alive")); err == nil {
			return nil, nil
		}
		if server := h.joined(ctx); server != nil {
			return server, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: in use by another process: %w: %w", dir, ctx.Err(), err)
		case <-time.After(tryAgain):
		}
	}
}

// joined is the server that another process runs here, if it answers.
func (h *home) joined(ctx context.Context) *Server {
	url, err := os.ReadFile(h.path("url"))
	if err != nil || len(url) == 0 {
		return nil
	}
	conn, err := connect(ctx, string(url))
	if err != nil {
		return nil
	}
	_ = conn.Close(ctx) // it has answered
	return &Server{url: string(url), stop: func() error { return nil }}
}

// furnish makes the password, the folder for the data and the guard.
func (h *home) furnish() error {
	if h.account != nil {
		if err := os.Chmod(h.dir, 0o711); err != nil { // the server's user passes through
			return err
		}
	}
	password, err := os.ReadFile(h.path("password"))
	if errors.Is(err, fs.ErrNotExist) {
		password = []byte(rand.Text())
		err = os.WriteFile(h.path("password"), password, 0o600)
	}
	if err != nil {
		return err
	}
	h.password = string(password)
	if err := os.Mkdir(h.path("data"), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, name := range []string{"password", "data"} { // initdb reads the one and fills the other
		if err := h.give(name); err != nil {
			return err
		}
	}
	remove := h.dir
	if h.keep {
		remove = h.path("url")
	}
	h.guard, err = newGuard(remove)
	return err
}

// give makes name the property of the server's user.
func (h *home) give(name string) error {
	if h.account == nil {
		return nil
	}
	return os.Chown(h.path(name), h.account.uid, h.account.gid)
}

// close leaves the home: a throw-away is removed.
func (h *home) close() error {
	var errs []error
	if h.guard != nil {
		errs = append(errs, h.guard.dismiss())
	}
	if h.keep {
		if err := os.Remove(h.path("url")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
		return errors.Join(append(errs, h.alive.Close())...)
	}
	errs = append(errs, os.RemoveAll(h.path("data")), h.alive.Close(), os.RemoveAll(h.dir))
	return errors.Join(errs...)
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

// publish tells other processes where the server is.
func (h *home) publish(url string) error {
	if !h.keep {
		return nil
	}
	return os.WriteFile(h.path("url"), []byte(url), 0o600)
}

// reaches reports whether the server's user may pass through dir, which he may
// unless he is another than ours.
func (h *home) reaches(dir string) bool {
	for h.account != nil {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return true
}
