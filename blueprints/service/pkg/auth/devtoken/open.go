package devtoken

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// others are the permissions that the file must not give.
const others fs.FileMode = 0o077

// Open reads the key from the file called name; made says that there was none
// and it is new. Any number of processes may open it at once: all get one key.
// It is an error if others can read the file, or if the key was not made here.
func Open(name string) (issuer *Issuer, made bool, err error) {
	text, err := read(name)
	if errors.Is(err, fs.ErrNotExist) {
		if made, err = create(name); err == nil {
			text, err = read(name)
		}
	}
	if err == nil {
		issuer, err = parseKey(text)
	}
	if err != nil {
		return nil, false, fmt.Errorf("key for development %s: %w; --dev-key names another file, and one that is deleted is made anew", name, err)
	}
	return issuer, made, nil
}

// read returns what is in the file if nobody else can know it.
func read(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	// Windows has no such permissions: the home of the user guards the file.
	if runtime.GOOS != "windows" && info.Mode()&others != 0 {
		return nil, fmt.Errorf("others can read it (%s): whoever has it can make tokens (chmod 600)", info.Mode().Perm())
	}
	return os.ReadFile(name)
}

// create makes the file unless another process was faster. It appears as a
// whole: a link to a complete file, which fails if the name is taken.
func create(name string) (made bool, err error) {
	key, err := newKey()
	if err != nil {
		return false, err
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	draft, err := os.CreateTemp(dir, ".token-key-*") // for its owner alone
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.Remove(draft.Name())) }()
	_, err = draft.Write(append(key, '\n'))
	if err := errors.Join(err, draft.Close()); err != nil {
		return false, err
	}
	err = os.Link(draft.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}
