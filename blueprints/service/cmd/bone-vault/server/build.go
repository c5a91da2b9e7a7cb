package server

// Build says what was built, and when.
type Build struct {
	Version string
	Time    string
}
