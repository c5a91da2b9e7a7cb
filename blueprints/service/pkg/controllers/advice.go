package controllers

import (
	"errors"
	"time"
)

// advice is an error of a handler that knows more about what is to become of
// the event than that it has failed.
type advice struct {
	cause error
	pause time.Duration
	wait  time.Duration
	park  bool
}

func (a *advice) Error() string { return a.cause.Error() }
func (a *advice) Unwrap() error { return a.cause }

// RetryAfter is cause as the error of a handler whose event should not be tried
// again before so much time has passed.
func RetryAfter(wait time.Duration, cause error) error { return &advice{cause: cause, wait: wait} }

// Park is cause as the error of a handler that no other attempt will help: the
// event is dead at once.
func Park(cause error) error { return &advice{cause: cause, park: true} }

// Pause is cause as the error of a handler that can handle nothing at present,
// no more than this event, such as one whose only business is with a machine
// that is away. The event is given back as if it had not been claimed, and for
// this time the Manager claims none, nor does it begin those that it has. That
// other replicas go on trying is theirs to find out.
//
// It is for handlers of RegisterAll. The handlers of many sources must not stop
// each other: to them it is the same as RetryAfter.
func Pause(pause time.Duration, cause error) error {
	// Even a pause that is over by now is none that counts as an attempt.
	return &advice{cause: cause, pause: max(pause, time.Millisecond)}
}

// adviceOf is the advice in cause; without any it is the zero value.
func adviceOf(cause error) advice {
	if a := (*advice)(nil); errors.As(cause, &a) {
		return *a
	}
	return advice{}
}

// rest heeds the pause that the handler of a wants.
func (r *run) rest(a attempt) {
	if a.pause == 0 {
		return
	}
	if !r.rests() {
		r.log.WarnContext(r.lasting, "no events for a while", "pause", a.pause, "error", a.cause)
	}
	if until := time.Now().Add(a.pause); until.After(r.resting) {
		r.resting = until
	}
}

// rests tells whether the handler wants no event now. The sweep looks again.
func (r *run) rests() bool { return time.Now().Before(r.resting) }
