package dao

import "errors"

// ErrStale says that the row was written by somebody else since it was read.
var ErrStale = errors.New("changed since it was read")

// QueryError says what is wrong with a Query that a client has sent. Nothing
// was asked of the database.
type QueryError struct {
	// Param is the parameter at fault: search, orderBy or after.
	Param string

	// Reason is for the client to read.
	Reason string
}

func (e *QueryError) Error() string { return e.Param + ": " + e.Reason }
