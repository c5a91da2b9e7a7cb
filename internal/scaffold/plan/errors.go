package plan

import "errors"

var (
	// ErrNotEmpty says that the directory that CreateTree was to make exists and holds something.
	ErrNotEmpty = errors.New("exists and is not empty")
	// ErrLocked says that another process is changing the same directory at this moment.
	ErrLocked = errors.New("another trexgen is writing here")
	// ErrOutside says that a path leads out of the directory through a symbolic link.
	ErrOutside = errors.New("leads out of the directory through a symbolic link")
)

// StaleError says that a file is no longer what it was when the plan was made.
type StaleError struct{ Path string }

func (e *StaleError) Error() string {
	return e.Path + ": changed on disk since it was read; run the command again"
}

// ExistsError says that something is where a change was to create a file.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return e.Path + ": exists already; move it away or choose another name"
}
