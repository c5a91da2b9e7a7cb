package services_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services/servicetest"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// Unit tests run on an in-memory store: test your rules here, one by one.
func TestFossilEntryService(t *testing.T) {
	t.Parallel()
	tools, recorder := servicetest.New()
	service := services.NewFossilEntryService(tools, daotest.NewFake[api.FossilEntry]())
	allow := func(*api.FossilEntry) error { return nil }

	obj := factories.NewFossilEntry(1)
	if err := service.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	got, err := service.Get(t.Context(), obj.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(obj, got); diff != "" {
		t.Errorf("read after create (-want +got):\n%s", diff)
	}

	if _, err := service.Patch(t.Context(), obj.ID, allow); err != nil {
		t.Errorf("patch that changes nothing: %v", err)
	}
	upserted := &api.Event{SourceID: obj.ID, EventType: api.UpdateEvent}
	if err := service.OnUpsert(t.Context(), upserted); err != nil {
		t.Errorf("OnUpsert: %v", err)
	}
	if err := service.Delete(t.Context(), obj.ID, allow); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := service.Get(t.Context(), obj.ID); !services.IsNotFound(err) {
		t.Errorf("read after delete: got %v, want not found", err)
	}
	if err := service.OnUpsert(t.Context(), upserted); err != nil {
		t.Errorf("OnUpsert of what is gone: %v", err)
	}
	if err := service.OnDelete(t.Context(), &api.Event{SourceID: obj.ID, EventType: api.DeleteEvent}); err != nil {
		t.Errorf("OnDelete: %v", err)
	}

	want := []servicetest.Event{
		{Type: api.CreateEvent, Source: services.FossilEntrySource, SourceID: obj.ID},
		{Type: api.DeleteEvent, Source: services.FossilEntrySource, SourceID: obj.ID},
	}
	if diff := cmp.Diff(want, recorder.Events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
