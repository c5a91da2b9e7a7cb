package main

import (
	gocmp "cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// ward is a database with an event in every state, by name.
type ward struct {
	url      string
	sessions *db.SessionFactory
	events   dao.EventDao
	ids      map[string]string
}

func newWard(t *testing.T) *ward {
	t.Helper()
	w := &ward{url: devdb.New(t), ids: map[string]string{}}
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: w.url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	w.sessions, w.events = sessions, dao.NewEventDao(sessions)
	hook := dao.NewEventDeliveries(sessions, "hook")
	fail := func(events interface {
		Fail(context.Context, api.Event, error, time.Duration, bool) error
	}, event api.Event, dead bool) {
		t.Helper()
		if err := events.Fail(t.Context(), event, errors.New("no \x1b[31mowl\nat home"), time.Hour, dead); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"handled", "dead", "failing", "leased", "told", "new"} {
		event := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.UpdateEvent}
		var consumers []string
		if name == "told" {
			event.Source, consumers = "Elks", []string{"hook"}
		}
		if err := w.events.Create(t.Context(), event, consumers...); err != nil {
			t.Fatal(err)
		}
		w.ids[name] = event.ID
		if name == "new" {
			break
		}
		claimed, err := w.events.Claim(t.Context(), 1, time.Hour)
		if err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %v, %v", claimed, err)
		}
		switch name {
		case "handled", "told":
			if err := w.events.Done(t.Context(), claimed...); err != nil {
				t.Fatal(err)
			}
		case "dead", "failing":
			fail(w.events, claimed[0], name == "dead")
		}
	}
	claimed, err := hook.Claim(t.Context(), 1, time.Hour)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	fail(hook, claimed[0], true)
	return w
}

// run runs a command about events. The words of args that name an event become
// its id.
func (w *ward) run(t *testing.T, args ...string) (code int, out, log string) {
	t.Helper()
	for i, arg := range args {
		if id, ok := w.ids[arg]; ok {
			args[i] = id
		}
	}
	sys, stdout, stderr := world(map[string]string{"DATABASE_URL": w.url, "BONE_VAULT_ENV": "production"})
	code = run(t.Context(), append([]string{"events"}, args...), sys)
	return code, stdout.String(), stderr.String()
}

// listed are the names of the events that are listed, each with its consumer.
func (w *ward) listed(t *testing.T, args ...string) []string {
	t.Helper()
	code, out, log := w.run(t, append([]string{"list", "--json"}, args...)...)
	var list []struct{ ID, Consumer string }
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || list == nil {
		t.Fatalf("%s: exit code %d, %v\n%s%s", args, code, err, out, log)
	}
	names := []string{}
	for _, item := range list {
		for name := range maps.Keys(w.ids) {
			if w.ids[name] == item.ID {
				names = append(names, name+" for "+item.Consumer)
			}
		}
	}
	return names
}

func TestEventsList(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	for args, want := range map[string][]string{
		"":                             {"dead for handlers", "told for hook", "new for handlers", "failing for handlers", "leased for handlers"},
		"--dead":                       {"dead for handlers", "told for hook"},
		"--consumer=hook":              {"told for hook"},
		"--consumer=handlers --dead":   {"dead for handlers"},
		"--consumer=hook,handlers":     {"dead for handlers", "told for hook", "new for handlers", "failing for handlers", "leased for handlers"},
		"--source=Elks":                {"told for hook"},
		"--source=Owls --source=Newts": {"dead for handlers", "new for handlers", "failing for handlers", "leased for handlers"},
		"--source=Newts":               {},
		"--limit=1":                    {"dead for handlers"},
	} {
		got := w.listed(t, strings.Fields(args)...)
		// Of two that are due in an hour, which is first is a matter of microseconds.
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", args, diff)
		}
	}

	code, out, log := w.run(t, "list", "--limit=4")
	if code != 0 || strings.Count(out, "\n") != 5 || !strings.Contains(log, "--limit") {
		t.Errorf("exit code %d, want a head, four lines and a word about the rest\n%s%s", code, out, log)
	}
	for _, want := range []string{w.ids["dead"] + "  handlers  Owls.Update", "dead since ", "no \uFFFD[31mowl at home\n", "waiting", "next attempt "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestEventsRetryAndDrop(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args []string
		out  string
		left []string // dead or failing
		err  string   // name of an event in the message
	}{
		"retry by id":            {[]string{"retry", "dead", "failing"}, "retried 2\n", []string{"told"}, ""},
		"retry what consumers":   {[]string{"retry", "told"}, "retried 1\n", []string{"dead", "failing"}, ""},
		"retry all":              {[]string{"retry", "--all-dead"}, "retried 2\n", []string{"failing"}, ""},
		"retry of a consumer":    {[]string{"retry", "--all-dead", "--consumer=hook"}, "retried 1\n", []string{"dead", "failing"}, ""},
		"retry of the handlers":  {[]string{"retry", "--all-dead", "--consumer=handlers"}, "retried 1\n", []string{"failing", "told"}, ""},
		"retry of a source":      {[]string{"retry", "--all-dead", "--source=Elks"}, "retried 1\n", []string{"dead", "failing"}, ""},
		"retry of no source":     {[]string{"retry", "--all-dead", "--source=Newts"}, "retried 0\n", []string{"dead", "failing", "told"}, ""},
		"retry what is at work":  {[]string{"retry", "leased", "dead"}, "retried 1\n", []string{"failing", "told"}, "leased"},
		"retry what is handled":  {[]string{"retry", "handled"}, "retried 0\n", []string{"dead", "failing", "told"}, "handled"},
		"retry what is not due":  {[]string{"retry", "new"}, "retried 0\n", []string{"dead", "failing", "told"}, "new"},
		"drop by id":             {[]string{"drop", "failing"}, "dropped 1\n", []string{"dead", "told"}, ""},
		"drop all":               {[]string{"drop", "--all-dead"}, "dropped 2\n", []string{"failing"}, ""},
		"drop all of a consumer": {[]string{"drop", "--all", "--consumer=hook"}, "dropped 1\n", []string{"dead", "failing"}, ""},
		"drop what is not there": {[]string{"drop", "01980000-0000-7000-8000-000000000000"}, "dropped 0\n", []string{"dead", "failing", "told"}, "01980000-0000-7000-8000-000000000000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			wantCode, named := 0, gocmp.Or(w.ids[tt.err], tt.err)
			if tt.err != "" {
				wantCode = 1
			}
			code, out, log := w.run(t, tt.args...)
			if code != wantCode || out != tt.out || (log != "") != (tt.err != "") || !strings.Contains(log, named) {
				t.Errorf("exit code %d, want %d; printed %q, want %q; %s", code, wantCode, out, tt.out, log)
			}
			var left []string
			for _, name := range []string{"dead", "failing", "told"} {
				if w.inTrouble(t, name) {
					left = append(left, name)
				}
			}
			if diff := cmp.Diff(tt.left, left); diff != "" {
				t.Errorf("in trouble (-want +got):\n%s", diff)
			}
		})
	}
}

// inTrouble tells whether somebody has failed and not been retried or dropped.
func (w *ward) inTrouble(t *testing.T, name string) bool {
	t.Helper()
	work, err := w.events.Work(t.Context(), dao.EventSelection{IDs: []string{w.ids[name]}}, 10)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(work, func(w dao.EventWork) bool { return w.Attempts > 0 })
}

// What is retried is claimed by the replicas at once: they are woken.
func TestEventsRetryWakesTheReplicas(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	woken := make(chan struct{}, 100)
	listening := make(chan struct{})
	listener := db.NewListener(db.Config{URL: w.url}, environments.EventChannel, func() {
		select {
		case <-listening:
			woken <- struct{}{}
		default: // it pokes once it listens
			close(listening)
		}
	}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- listener.Run(ctx) }()
	<-listening
	if code, _, log := w.run(t, "drop", "failing"); code != 0 || len(woken) > 0 {
		t.Errorf("exit code %d, woken %d times by a drop: %s", code, len(woken), log)
	}
	if code, _, log := w.run(t, "retry", "dead"); code != 0 {
		t.Errorf("exit code %d: %s", code, log)
	}
	<-woken
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	claimed, err := w.events.Claim(t.Context(), 10, time.Hour)
	if err != nil || !slices.ContainsFunc(claimed, func(e api.Event) bool { return e.ID == w.ids["dead"] && e.Attempts == 1 }) {
		t.Errorf("claimed %+v, %v; want the event, at its first attempt", claimed, err)
	}
}

func TestEventsRefusals(t *testing.T) {
	t.Parallel()
	empty := devdb.Empty(t)
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"neither ids nor all":   {[]string{"retry"}, []string{"--all-dead", "events list"}},
		"ids and all":           {[]string{"drop", "--all-dead", "01980000-0000-7000-8000-000000000000"}, []string{"--all-dead"}},
		"all of nobody":         {[]string{"drop", "--all"}, []string{"--consumer"}},
		"all of the handlers":   {[]string{"drop", "--all", "--consumer=hook,handlers"}, []string{"--consumer", "handlers"}},
		"all and some":          {[]string{"drop", "--all", "--consumer=hook", "--all-dead"}, []string{"--all-dead"}},
		"no ids":                {[]string{"retry", "one", "two"}, []string{`"one"`, `"two"`}},
		"no number of lines":    {[]string{"list", "--limit=0"}, []string{"--limit"}},
		"too many lines":        {[]string{"list", "--limit=10001"}, []string{"--limit"}},
		"an argument of list":   {[]string{"list", "x"}, []string{`"x"`}},
		"no migrations":         {[]string{"list"}, []string{"migrate", "events"}},
		"no migrations, either": {[]string{"retry", "--all-dead"}, []string{"migrate", "events"}},
		"an unknown command":    {[]string{"bury"}, []string{"bury"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sys, out, log := world(map[string]string{"DATABASE_URL": empty})
			if code := run(t.Context(), append([]string{"events"}, tt.args...), sys); code != 1 || out.Len() > 0 {
				t.Errorf("exit code %d, want 1; printed %q", code, out)
			}
			for _, want := range append(tt.want, api.ServiceName+": ") {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the message does not contain %q:\n%s", want, log)
				}
			}
		})
	}
}
