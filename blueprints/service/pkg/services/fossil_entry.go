package services

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// FossilEntrySource names the events about fossil entries.
const FossilEntrySource = "FossilEntries"

// FossilEntryService is the business logic of fossil entries. Get and List
// are those of Generic; give it methods of the same name to change them.
type FossilEntryService struct {
	Generic[api.FossilEntry]
}

// NewFossilEntryService returns a service on store.
func NewFossilEntryService(tools Tools, store Store[api.FossilEntry]) *FossilEntryService {
	return &FossilEntryService{NewGeneric(tools, store, "FossilEntry", FossilEntrySource)}
}

// Create stores obj, whose id and times it sets.
func (s *FossilEntryService) Create(ctx context.Context, obj *api.FossilEntry) error {
	return s.Generic.Create(ctx, obj, s.check)
}

// Patch changes the object as apply says and returns it.
func (s *FossilEntryService) Patch(ctx context.Context, id string, apply func(*api.FossilEntry) error) (*api.FossilEntry, error) {
	return s.Generic.Patch(ctx, id, apply, s.check)
}

// Delete removes the object if allow, which may be a precondition of the
// client, agrees to it.
func (s *FossilEntryService) Delete(ctx context.Context, id string, allow func(*api.FossilEntry) error) error {
	return s.Generic.Delete(ctx, id, func(_ context.Context, obj *api.FossilEntry) error { return allow(obj) })
}

// check is the place of the rules that an object has to keep. It runs in the
// transaction of every create and patch, before obj is written; an error of
// package apierror is what the client reads.
func (s *FossilEntryService) check(_ context.Context, _ *api.FossilEntry) error {
	return nil
}

// OnUpsert is called after an object was created or changed, at least once
// for each time, and again later if it returns an error. Do here what must not
// hold up the client: call other services, send notifications. What must not be
// done twice knows by event.ID that it has been, or is done by s.tools.Once.
func (s *FossilEntryService) OnUpsert(ctx context.Context, event *api.Event) error {
	obj, err := s.Get(ctx, event.SourceID)
	if IsNotFound(err) {
		return nil // deleted since; OnDelete follows
	}
	if err != nil {
		return err
	}
	s.tools.Log.InfoContext(ctx, "fossil entry is there", "id", obj.ID, "row_version", obj.RowVersion)
	return nil
}

// OnDelete is called after an object was deleted, in the manner of OnUpsert.
func (s *FossilEntryService) OnDelete(ctx context.Context, event *api.Event) error {
	s.tools.Log.InfoContext(ctx, "fossil entry is gone", "id", event.SourceID)
	return nil
}
