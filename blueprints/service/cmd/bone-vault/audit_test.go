package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/audit"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// recorded writes an entry of each actor, about one object each, and returns
// the ids of the objects.
func recorded(t *testing.T, url string, actors ...auth.Identity) (ids []string) {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range actors {
		id := api.NewID()
		err := sessions.InTx(auth.WithIdentity(t.Context(), who), func(ctx context.Context) error {
			return audit.NewRecorder(sessions).Record(ctx, &api.Event{
				Meta: api.Meta{ID: api.NewID()}, EventType: api.CreateEvent, Source: "Owls", SourceID: id, Actor: who.Subject,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := sessions.Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAuditList(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	ids := recorded(t, url, auth.Identity{Subject: "jane", Claims: auth.Claims{Username: "jane.doe"}}, auth.Identity{Subject: "e\x1b[2Jve"}, auth.Identity{})
	list := func(args ...string) string {
		t.Helper()
		sys, out, log := world(map[string]string{"DATABASE_URL": url})
		if code := run(t.Context(), append([]string{"audit", "list"}, args...), sys); code != 0 {
			t.Fatalf("%s: exit code %d\n%s", args, code, log)
		}
		// A part of the record must not pass for the whole.
		if limited := slices.Contains(args, "--limit=1"); strings.Contains(log.String(), "There are more") != limited {
			t.Errorf("%s: got %q, want that there are more: %t", args, log, limited)
		}
		return out.String()
	}
	all := strings.Split(strings.TrimSpace(list()), "\n")
	if len(all) != 4 || !strings.Contains(all[1], "-  ") || !strings.Contains(all[2], "e\uFFFD[2Jve") ||
		!strings.Contains(all[3], "jane") || !strings.Contains(all[3], "jane.doe") || !strings.Contains(all[3], "Owls.Create") || !strings.Contains(all[3], ids[0]) {
		t.Errorf("got\n%s", strings.Join(all, "\n"))
	}
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{ids[2], ids[1], ids[0]}},
		{[]string{"--limit=1"}, ids[2:]},
		{[]string{"--actor=jane"}, ids[:1]},
		{[]string{"--id=" + ids[1]}, ids[1:2]},
		{[]string{"--source=Owls", "--since=1h"}, []string{ids[2], ids[1], ids[0]}},
		{[]string{"--source=Bats"}, nil},
		{[]string{"--since=2999-01-01"}, nil},
	} {
		var entries []audit.Entry
		if err := json.Unmarshal([]byte(list(append(test.args, "--json")...)), &entries); err != nil || entries == nil {
			t.Errorf("%s: %v, want an array", test.args, err)
		}
		var got []string
		for _, entry := range entries {
			got = append(got, entry.SourceID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got the objects %v, want %v", test.args, got, test.want)
		}
	}
}

func TestAuditListRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"--id":                      {"--id=1"},
		"--limit":                   {"--limit=0"},
		"want 2026-01-31":           {"--since=yesterday"},
		"BONE_VAULT_DATABASE_URL":   {},
		"unknown command \"write\"": {"write"},
	} {
		sys, _, log := world(nil)
		if code := run(t.Context(), append([]string{"audit", "list"}, args...), sys); code != 1 || !strings.Contains(log.String(), name) {
			t.Errorf("%s: exit code %d, message %q; want 1 and %s", args, code, log, name)
		}
	}
}

func TestAuditListWithoutItsTable(t *testing.T) {
	t.Parallel()
	sys, _, log := world(map[string]string{"DATABASE_URL": devdb.Empty(t)})
	if code := run(t.Context(), []string{"audit", "list"}, sys); code != 1 || !strings.Contains(log.String(), "bone-vault migrate") {
		t.Errorf("exit code %d, message %q; want 1 and what to do", code, log)
	}
}

func TestParseSince(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                          {},
		"0s":                        now,
		"36h":                       time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		"2026-01-31":                time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		"2026-01-31T13:00:00+01:00": time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	} {
		if got, err := parseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	if _, err := parseSince("-1h", now); err == nil {
		t.Error("a time to come: got no error")
	}
}
