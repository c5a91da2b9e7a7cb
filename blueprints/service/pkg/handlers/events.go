package handlers

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/presenters"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// EventLog is what the handler of events needs of the services.
type EventLog interface {
	Get(ctx context.Context, id string) (*api.Event, error)
	List(ctx context.Context, query dao.Query) (dao.Page[api.Event], error)
}

// EventHandler shows the log of events.
type EventHandler struct {
	log EventLog
}

// NewEventHandler returns a handler on log.
func NewEventHandler(log EventLog) EventHandler { return EventHandler{log} }

// List answers with a page of events.
func (h EventHandler) List(r *http.Request) (Answer, error) {
	return listAnswer(r, "Event", h.log.List, presenters.PresentEvent)
}

// Get answers with one event.
func (h EventHandler) Get(r *http.Request) (Answer, error) {
	event, err := h.log.Get(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: presenters.PresentEvent(event), ETag: etag(event)}, nil
}
