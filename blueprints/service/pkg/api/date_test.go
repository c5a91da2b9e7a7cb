package api

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0001-01-01", "2024-02-29", "9999-12-31"} {
		date, err := ParseDate(text)
		if err != nil || date.String() != text {
			t.Errorf("ParseDate(%q) = %v, %v", text, date, err)
		}
	}
	for _, text := range []string{
		"", "2026", "2026-1-2", "2026-02-30", "2023-02-29", "0000-01-01", "10000-01-01", "-001-01-01",
		"2026-01-02T00:00:00Z", " 2026-01-02", "2026/01/02", "yesterday",
	} {
		if date, err := ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", text, date)
		}
	}
}

func TestDateInJSON(t *testing.T) {
	t.Parallel()
	type dates struct {
		One  Date
		None *Date
		Many []Date
	}
	const text = `{"One":"2026-01-02","None":null,"Many":["0001-01-01","9999-12-31"]}`
	var got dates
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.One != (Date{2026, time.January, 2}) {
		t.Errorf("read %v, want 2026-01-02", got.One)
	}
	if written, err := json.Marshal(got); err != nil || string(written) != text {
		t.Errorf("wrote %s, %v; want %s", written, err, text)
	}
	for _, wrong := range []string{`1`, `"2026"`, `true`, `{}`} {
		if err := json.Unmarshal([]byte(wrong), new(Date)); err == nil {
			t.Errorf("%s was read", wrong)
		}
	}
}

func TestDateThatDoesNotExist(t *testing.T) {
	t.Parallel()
	for _, date := range []Date{{}, {2026, 2, 30}, {2026, 13, 1}, {10000, 1, 1}, {-1, 1, 1}, {0, 1, 1}} {
		if text, err := json.Marshal(date); err == nil {
			t.Errorf("%#v was written as %s", date, text)
		}
		if value, err := date.Value(); err == nil {
			t.Errorf("%#v was stored as %v", date, value)
		}
	}
	if !(Date{}).IsZero() || (Date{2026, 1, 1}).IsZero() {
		t.Error("IsZero does not tell the zero Date from others")
	}
}

// A date must not move with the time zone of whoever looks at it.
func TestDateOfEveryTimeZone(t *testing.T) {
	t.Parallel()
	want := Date{2026, time.March, 1}
	for _, hours := range []int{-12, 0, 14} {
		zone := time.FixedZone("", hours*3600)
		if got := DateOf(want.In(zone)); got != want {
			t.Errorf("%+d hours: got %v, want %v", hours, got, want)
		}
		var scanned Date
		if err := scanned.Scan(time.Date(2026, time.March, 1, 23, 59, 0, 0, zone)); err != nil || scanned != want {
			t.Errorf("%+d hours: scanned %v, %v; want %v", hours, scanned, err, want)
		}
	}
}

func TestDateFromTheDatabase(t *testing.T) {
	t.Parallel()
	var got Date
	if err := got.Scan("2026-01-02"); err != nil || got != (Date{2026, 1, 2}) {
		t.Errorf("text: got %v, %v", got, err)
	}
	for _, wrong := range []any{nil, 1, "infinity", time.Date(-43, 3, 15, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if err := got.Scan(wrong); err == nil {
			t.Errorf("%v was scanned as %v", wrong, got)
		}
	}
}

func TestDatesCompare(t *testing.T) {
	t.Parallel()
	ordered := []Date{{1, 1, 1}, {2025, 12, 31}, {2026, 1, 1}, {2026, 1, 2}, {2026, 2, 1}, {9999, 12, 31}}
	for i, a := range ordered {
		for j, b := range ordered {
			if before := a.Before(b); before != (i < j) {
				t.Errorf("%v.Before(%v) = %t", a, b, before)
			}
			if equal := a.Compare(b) == 0; equal != (i == j) {
				t.Errorf("%v.Compare(%v) = %d", a, b, a.Compare(b))
			}
		}
	}
	if got := (Date{2024, 2, 28}).AddDays(2); got != (Date{2024, 3, 1}) {
		t.Errorf("two days after 2024-02-28: got %v", got)
	}
	if got := (Date{2026, 1, 1}).AddDays(-1); got != (Date{2025, 12, 31}) {
		t.Errorf("the day before 2026-01-01: got %v", got)
	}
}
