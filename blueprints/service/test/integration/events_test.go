package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// An event says who caused it, and what others are still to be told of it.
func TestEventIsShownWithWhatIsLeftToDo(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	sessions := s.Env.Database.Sessions
	ctx := t.Context()
	event := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.CreateEvent, Actor: "ann", OperationID: "op-1"}
	if err := dao.NewEventDao(sessions).Create(ctx, event, "hook", "mail"); err != nil {
		t.Fatal(err)
	}
	path := api.V1Path + "/events/" + event.ID
	tags := map[string]bool{}
	read := func() map[string]any {
		t.Helper()
		answer := s.Do(t, http.MethodGet, path, nil).Want(http.StatusOK)
		tag := answer.Header.Get("ETag")
		s.Do(t, http.MethodGet, path, nil, "If-None-Match", tag).Want(http.StatusNotModified)
		tags[tag] = true
		return answer.Object()
	}
	// The service's own handlers put the event off, now and then, as they know no
	// owls; how often is no matter of this test.
	if err := sessions.New(ctx).Exec(`UPDATE "events" SET "handled_at" = now()`).Error; err != nil {
		t.Fatal(err)
	}
	got := read()
	if got["actor"] != "ann" || got["operation_id"] != "op-1" || got["trace_parent"] != nil {
		t.Errorf("got %v", got)
	}
	deliveries := func(got map[string]any) (all []map[string]any) {
		list, _ := got["deliveries"].([]any)
		for _, item := range list {
			delivery := item.(map[string]any)
			for _, name := range []string{"next_attempt_at", "dead_at"} {
				if text, ok := delivery[name].(string); ok {
					_, err := time.Parse(time.RFC3339, text)
					delivery[name] = err == nil
				}
			}
			all = append(all, delivery)
		}
		return all
	}
	untold := func(consumer string) map[string]any {
		return map[string]any{"consumer": consumer, "attempts": json.Number("0"), "next_attempt_at": true}
	}
	want := []map[string]any{untold("hook"), untold("mail")}
	if diff := cmp.Diff(want, deliveries(got)); diff != "" {
		t.Errorf("nobody told yet (-want +got):\n%s", diff)
	}

	claim := func(consumer string) (*dao.EventDeliveries, api.Event) {
		t.Helper()
		queue := dao.NewEventDeliveries(sessions, consumer)
		claimed, err := queue.Claim(ctx, 1, time.Hour)
		if err != nil || len(claimed) != 1 {
			t.Fatalf("claimed %v, %v", claimed, err)
		}
		return queue, claimed[0]
	}
	hook, told := claim("hook")
	mail, failed := claim("mail")
	if err := errors.Join(hook.Done(ctx, told), mail.Fail(ctx, failed, errors.New("no such box"), 0, true)); err != nil {
		t.Fatal(err)
	}
	want = []map[string]any{{"consumer": "mail", "attempts": json.Number("1"), "dead_at": true, "last_error": "no such box"}}
	if diff := cmp.Diff(want, deliveries(read())); diff != "" {
		t.Errorf("one told, one dead (-want +got):\n%s", diff)
	}
	list := s.Do(t, http.MethodGet, api.V1Path+"/events?search="+`actor+%3D+'ann'`, nil).Want(http.StatusOK).Object()
	items, _ := list["items"].([]any)
	if len(items) != 1 {
		t.Fatalf("got %v, want one event by ann", list)
	}
	if diff := cmp.Diff(want, deliveries(items[0].(map[string]any))); diff != "" {
		t.Errorf("in a list (-want +got):\n%s", diff)
	}

	if _, err := dao.NewEventDao(sessions).Drop(ctx, dao.EventSelection{Consumers: []string{"mail"}}); err != nil {
		t.Fatal(err)
	}
	if got := read(); got["deliveries"] != nil {
		t.Errorf("all told or dropped: got %v", got["deliveries"])
	}
	if len(tags) != 3 {
		t.Errorf("the ETags %v, want another for each of three states", tags)
	}
}

// What a client does is in the events and metrics of it.
func TestEventsAreProducedWithTheRequestsIdentity(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	id := api.NewID()
	ctx := auth.WithIdentity(t.Context(), auth.Identity{Subject: "bob"})
	err := s.Env.Database.Sessions.InTx(ctx, func(ctx context.Context) error {
		return s.Env.Services.Events().Publish(ctx, api.UpdateEvent, "Owls", id)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.WaitForMetric(t, `events_produced_total{source="Owls",type="Update"} 1`)
	s.WaitForMetric(t, `events_failed_total{consumer="handlers",source="Owls"} 1`)
	s.WaitForMetric(t, `events_open{consumer="handlers"} 1`)
	list := s.Do(t, http.MethodGet, api.V1Path+"/events?search="+`actor+%3D+'bob'`, nil).Want(http.StatusOK).Object()
	if items, _ := list["items"].([]any); len(items) != 1 {
		t.Errorf("got %v, want the event by bob", list)
	}
}
