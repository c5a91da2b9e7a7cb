package handlers

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	wire "github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi/fossilentries"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/presenters"
)

// FossilEntryHandler serves fossil entries.
type FossilEntryHandler struct {
	service Service[api.FossilEntry]
	create  Body[wire.FossilEntryCreateRequest]
	patch   Body[wire.FossilEntryPatchRequest]
}

// NewFossilEntryHandler returns a handler on service that reads bodies
// against schemas.
func NewFossilEntryHandler(service Service[api.FossilEntry], schemas Schemas) (*FossilEntryHandler, error) {
	create, err := NewBody[wire.FossilEntryCreateRequest](schemas, "FossilEntryCreateRequest")
	if err != nil {
		return nil, err
	}
	patch, err := NewPatchBody[wire.FossilEntryPatchRequest](schemas, "FossilEntryPatchRequest", "FossilEntryCreateRequest")
	if err != nil {
		return nil, err
	}
	return &FossilEntryHandler{service, create, patch}, nil
}

// List answers with a page of objects.
func (h *FossilEntryHandler) List(r *http.Request) (Answer, error) {
	return listAnswer(r, "FossilEntry", h.service.List, presenters.PresentFossilEntry)
}

// Create reads a new object, to store it and to answer with it.
func (h *FossilEntryHandler) Create(r *http.Request) (func(context.Context) (Answer, error), error) {
	body, err := h.create.Read(r)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (Answer, error) {
		obj := presenters.ConvertFossilEntry(body)
		if err := h.service.Create(ctx, obj); err != nil {
			return Answer{}, err
		}
		presented := presenters.PresentFossilEntry(obj)
		return Answer{Status: http.StatusCreated, Body: presented, ETag: etag(obj), Location: presented.Href}, nil
	}, nil
}

// Get answers with one object.
func (h *FossilEntryHandler) Get(r *http.Request) (Answer, error) {
	obj, err := h.service.Get(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: presenters.PresentFossilEntry(obj), ETag: etag(obj)}, nil
}

// Patch changes one object and answers with it.
func (h *FossilEntryHandler) Patch(r *http.Request) (Answer, error) {
	patch, err := h.patch.Read(r)
	if err != nil {
		return Answer{}, err
	}
	obj, err := h.service.Patch(r.Context(), mux.Vars(r)["id"], func(obj *api.FossilEntry) error {
		if err := checkPrecondition(r, obj); err != nil {
			return err
		}
		presenters.ApplyFossilEntry(obj, patch)
		return nil
	})
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: presenters.PresentFossilEntry(obj), ETag: etag(obj)}, nil
}

// Delete removes one object.
func (h *FossilEntryHandler) Delete(r *http.Request) (Answer, error) {
	err := h.service.Delete(r.Context(), mux.Vars(r)["id"], func(obj *api.FossilEntry) error {
		return checkPrecondition(r, obj)
	})
	return Answer{Status: http.StatusNoContent}, err
}
