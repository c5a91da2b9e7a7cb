package plan

import (
	"errors"
	"fmt"
)

var (
	// ErrNotEmpty says that the directory that CreateTree was to make exists and holds something.
	ErrNotEmpty = errors.New("exists and is not empty")
	// ErrLocked says that another process is changing the same directory at this moment.
	ErrLocked = errors.New("another trexgen is at work here")
	// ErrUnfinished says that a run could not clear up behind itself, so that there are files that it alone knows.
	ErrUnfinished = errors.New("the next run goes on with it")
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

// ReadOnlyError says that nobody may write to a file that was to be changed or deleted. Renaming could do it all the
// same, but whoever made it so meant it.
type ReadOnlyError struct{ Path string }

func (e *ReadOnlyError) Error() string {
	return e.Path + ": is read-only; make it writable (chmod u+w) and run the command again"
}

// EditedError says that a file that an earlier run left half way was edited since, so that putting it back would lose
// that edit.
type EditedError struct{ Path, Kept string }

func (e *EditedError) Error() string {
	return fmt.Sprintf("%s: edited after a run of trexgen was cut off; its content before that run is in %s: merge the two and remove that file",
		e.Path, e.Kept)
}
