package sinks_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
)

func aChange() *api.Event {
	return &api.Event{
		Meta:        api.Meta{ID: "01980000-0000-7000-8000-000000000001", CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)},
		Sequence:    42,
		Source:      "Owls",
		SourceID:    "01980000-0000-7000-8000-aaaaaaaaaaaa",
		EventType:   api.UpdateEvent,
		Actor:       "somebody",
		OperationID: "op",
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

// fields returns what is sent, as a receiver without our types reads it.
func fields(t *testing.T, e event.Event) map[string]any {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestCloudEvent(t *testing.T) {
	t.Parallel()
	e, err := sinks.CloudEvent(aChange())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"specversion":     "1.0",
		"id":              "01980000-0000-7000-8000-000000000001",
		"source":          "/" + api.ServiceName + "/Owls",
		"type":            api.ServiceName + ".Owls.Update",
		"subject":         "01980000-0000-7000-8000-aaaaaaaaaaaa",
		"time":            "2026-01-02T03:04:05.000006Z",
		"datacontenttype": "application/json",
		"sequence":        "0000000000000000042",
		"traceparent":     "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"data": map[string]any{
			"id": "01980000-0000-7000-8000-aaaaaaaaaaaa", "event_type": "Update", "actor": "somebody", "operation_id": "op",
		},
	}
	if diff := cmp.Diff(want, fields(t, e)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestCloudEventLeavesOutWhatIsUnknown(t *testing.T) {
	t.Parallel()
	change := aChange()
	change.Actor, change.OperationID, change.TraceParent = "", "", ""
	e, err := sinks.CloudEvent(change)
	if err != nil {
		t.Fatal(err)
	}
	got := fields(t, e)
	want := map[string]any{"id": change.SourceID, "event_type": "Update"}
	if diff := cmp.Diff(want, got["data"]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if _, there := got["traceparent"]; there {
		t.Errorf("got a traceparent: %v", got)
	}
}

func TestCloudEventSaysWhatIsInvalid(t *testing.T) {
	t.Parallel()
	_, err := sinks.CloudEvent(&api.Event{Source: "Owls"})
	if problems := (event.ValidationError{}); !errors.As(err, &problems) {
		t.Errorf("got %v, want that the id is missing", err)
	}
}
