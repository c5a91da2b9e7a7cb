package torture

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait for what has to come.
const patience = 2 * time.Minute

// witness sees each attempt of each replica begin and succeed, in one order, and
// says what it shall come to.
type witness struct {
	url string

	// decide says what becomes of an attempt. It is called for one attempt at a
	// time. One that is to hang gets a channel, and the verdict once that is
	// closed.
	decide func(a Attempt, seen *record) (Verdict, <-chan struct{})

	mu      sync.Mutex
	clock   int // counts what was seen
	handled int // events, not attempts
	events  map[string]*record
	changed chan struct{} // closed when something has been seen
	over    chan struct{} // closed when the test is over
}

// record is what the witness has seen of one event; the places are those in the
// order of all that it saw, 0 for never.
type record struct {
	began, succeeded  int // the first time
	gone              int // the end of a context, the last time
	resumed           int // the beginning of the last attempt
	attempts, success int // how often
	sequence          int64
	object            string
	again             chan struct{} // closed when the next attempt begins
}

// newWitness starts a witness, by whom all attempts succeed unless decide says
// otherwise.
func newWitness(t testing.TB, decide func(Attempt, *record) (Verdict, <-chan struct{})) *witness {
	if decide == nil {
		decide = func(Attempt, *record) (Verdict, <-chan struct{}) { return Succeed, nil }
	}
	w := &witness{decide: decide, events: map[string]*record{}, changed: make(chan struct{}), over: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+BeginPath, w.serve(w.begin))
	mux.HandleFunc("POST "+EndPath, w.serve(w.end))
	mux.HandleFunc("POST "+GonePath, w.serve(w.gone))
	server := httptest.NewServer(mux)
	w.url = server.URL
	t.Cleanup(func() {
		close(w.over)
		server.Close()
	})
	return w
}

// serve answers with the verdict of see.
func (w *witness) serve(see func(Attempt) (Verdict, <-chan struct{})) http.HandlerFunc {
	return func(writer http.ResponseWriter, request *http.Request) {
		var attempt Attempt
		if err := json.NewDecoder(request.Body).Decode(&attempt); err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
			return
		}
		verdict, until := see(attempt)
		if until != nil {
			select {
			case <-until:
			case <-request.Context().Done(): // the replica was killed
			case <-w.over:
			}
		}
		_ = json.NewEncoder(writer).Encode(verdict) // whoever asked may have been killed
	}
}

func (w *witness) begin(a Attempt) (Verdict, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.tick()
	seen := w.events[a.EventID]
	if seen == nil {
		seen = &record{began: w.clock + 1, sequence: a.Sequence, object: a.Object, again: make(chan struct{})}
		w.events[a.EventID] = seen
	}
	seen.attempts++
	seen.resumed = w.clock + 1
	if seen.attempts > 1 {
		close(seen.again)
		seen.again = make(chan struct{})
	}
	return w.decide(a, seen)
}

func (w *witness) end(a Attempt) (Verdict, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.tick()
	seen := w.events[a.EventID]
	seen.success++
	if seen.success == 1 {
		seen.succeeded = w.clock + 1
		w.handled++
	}
	return Succeed, nil
}

func (w *witness) gone(a Attempt) (Verdict, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.tick()
	w.events[a.EventID].gone = w.clock + 1
	return Succeed, nil
}

// tick tells those who wait that something was seen.
func (w *witness) tick() {
	w.clock++
	close(w.changed)
	w.changed = make(chan struct{})
}

// await waits until n events have been handled.
func (w *witness) await(t testing.TB, n int) {
	t.Helper()
	timeout := time.After(patience)
	for {
		w.mu.Lock()
		done, changed := w.handled, w.changed
		w.mu.Unlock()
		if done >= n {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%d events handled within %v, want %d", done, patience, n)
		}
	}
}
