package dao_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// readAll reads from the position to the end, so many at a time.
func readAll(t testing.TB, log logReader, after dao.EventPosition, limit int, sources ...string) (ids []string, next dao.EventPosition) {
	t.Helper()
	ids = []string{}
	for next = after; ; {
		events, to, err := log.Read(t.Context(), next, sources, limit)
		must(t, err)
		for _, event := range events {
			ids = append(ids, event.Event.ID)
		}
		if next = to; len(events) < limit {
			return ids, next
		}
	}
}

func wantRead(t testing.TB, log logReader, after dao.EventPosition, want ...string) dao.EventPosition {
	t.Helper()
	got, next := readAll(t, log, after, 100)
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("read after %v (-want +got):\n%s", after, diff)
	}
	return next
}

func TestReadLog(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		if events, next, err := store.log.Read(t.Context(), 0, nil, 10); err != nil || len(events) > 0 || next != 0 {
			t.Errorf("empty log: %+v, %v, %v", events, next, err)
		}
		ids := publish(t, store, "a", "b", "a", "c")
		for limit := 1; limit < 6; limit++ {
			if got, _ := readAll(t, store.log, 0, limit); cmp.Diff(ids, got) != "" {
				t.Errorf("%d at a time: %s", limit, cmp.Diff(ids, got))
			}
		}
		all, _, err := store.log.Read(t.Context(), 0, nil, 10)
		must(t, err)
		for i, event := range all {
			if whole, err := store.Get(t.Context(), event.Event.ID); err != nil || cmp.Diff(*whole, event.Event) != "" {
				t.Errorf("event %d: %v %s", i, err, cmp.Diff(*whole, event.Event))
			}
			wantRead(t, store.log, event.Position, ids[i+1:]...)
			again, err := dao.ParseEventPosition(event.Position.String())
			if err != nil || again != event.Position {
				t.Errorf("position %v as text: %v, %v", event.Position, again, err)
			}
		}
		end, err := store.log.End(t.Context())
		must(t, err)
		wantRead(t, store.log, end)
		wantRead(t, store.log, end, publish(t, store, "d")...)
	})
}

func TestReadLogOfSources(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		var elks, both []string
		for _, source := range []string{"Owls", "Elks", "Owls", "Ants", "Elks", "Owls"} {
			event := &api.Event{Source: source, SourceID: uuidOf("a"), EventType: api.UpdateEvent}
			must(t, store.Create(t.Context(), event))
			if source == "Elks" {
				elks = append(elks, event.ID)
			}
			if source != "Ants" {
				both = append(both, event.ID)
			}
		}
		end, err := store.log.End(t.Context())
		must(t, err)
		for limit := 1; limit < 8; limit++ {
			got, next := readAll(t, store.log, 0, limit, "Elks")
			if diff := cmp.Diff(elks, got); diff != "" || next != end {
				t.Errorf("%d at a time: at %v, want %v (-want +got):\n%s", limit, next, end, diff)
			}
			if got, _ := readAll(t, store.log, 0, limit, "Elks", "Owls"); cmp.Diff(both, got) != "" {
				t.Errorf("two sources, %d at a time: %s", limit, cmp.Diff(both, got))
			}
		}
	})
}

func TestCursor(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		want := func(reader string, want dao.EventPosition) {
			t.Helper()
			if got, err := store.log.Cursor(t.Context(), reader); err != nil || got != want {
				t.Errorf("cursor of %s: %v, %v; want %v", reader, got, err, want)
			}
		}
		want("a", 0)
		must(t, store.log.SaveCursor(t.Context(), "a", 0, 5))
		must(t, store.log.SaveCursor(t.Context(), "a", 5, 7))
		for _, from := range []dao.EventPosition{0, 5, 8} {
			if err := store.log.SaveCursor(t.Context(), "a", from, 9); !errors.Is(err, dao.ErrStale) {
				t.Errorf("save from %v: %v, want ErrStale", from, err)
			}
		}
		if err := store.log.SaveCursor(t.Context(), "b", 7, 9); !errors.Is(err, dao.ErrStale) {
			t.Errorf("save of a reader without a cursor: %v, want ErrStale", err)
		}
		want("a", 7)
		want("b", 0)
	})
}

func TestParseEventPosition(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-1", "+1", "01", "1 ", "x", "9223372036854775808", fmt.Sprint(1.5)} {
		if position, err := dao.ParseEventPosition(text); err == nil {
			t.Errorf("%q is %v", text, position)
		}
	}
}
