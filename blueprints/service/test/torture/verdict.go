package torture

// The paths of the witness.
const (
	BeginPath = "/begin"
	EndPath   = "/end"  // after a success
	GonePath  = "/gone" // after the end of the context, for which it waited
)

// Attempt is what a replica tells the witness of.
type Attempt struct {
	Replica  string // its name and process
	EventID  string
	Object   string
	Sequence int64
	Attempts int32
}

// Verdict is what an attempt shall come to.
type Verdict string

// The verdicts. An attempt that hangs gets none before the witness is pleased
// to answer.
const (
	Succeed Verdict = "succeed"

	// Fail fails at once, FailLate after the effect, Panic panics after it.
	Fail     Verdict = "fail"
	FailLate Verdict = "fail late"
	Panic    Verdict = "panic"

	// Late succeeds whatever has become of the context.
	Late Verdict = "late"

	// Wait waits for the end of the context, and tells the witness.
	Wait Verdict = "wait"

	// Die ends the process with DieCode.
	Die Verdict = "die"
)

// DieCode is the exit code of a replica that was told to die.
const DieCode = 42
