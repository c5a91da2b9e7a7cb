package devdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// downloaded is the version that is downloaded.
const downloaded = embeddedpostgres.V17

// downloads is the folder that keeps what was downloaded, one folder a version.
func downloads() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "devdb"), nil
}

// download gets the programs from Maven Central. The library downloads only on
// the way to a server of its own, so it runs one once; ours starts later from
// the same programs, with the guard that the library lacks.
func download(_ context.Context, o Options) (launcher, error) {
	acc, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if acc != nil {
		return nil, errors.New("not as root")
	}
	cache, err := downloads()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "postgres-download-")
	if err != nil {
		return nil, err
	}
	home := filepath.Join(cache, string(downloaded))
	fmt.Fprintf(o.Log, "devdb: downloading PostgreSQL %s to %s\n", downloaded, home)
	server := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().Version(downloaded).
		BinariesPath(home).CachePath(scratch).RuntimePath(filepath.Join(scratch, "run")).
		Port(uint32(port)).Logger(o.Log))
	if err = server.Start(); err == nil {
		err = server.Stop()
	}
	if err := errors.Join(err, os.RemoveAll(scratch)); err != nil {
		return nil, err
	}
	return programs{bin: filepath.Join(home, "bin")}, nil
}
