package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/presenters"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// EventLog is what the handler of events needs of the services.
type EventLog interface {
	Get(ctx context.Context, id string) (*api.Event, error)
	List(ctx context.Context, query dao.Query) (dao.Page[api.Event], error)

	// Waiting returns, by the events' ids, the deliveries that are left.
	Waiting(ctx context.Context, ids []string) (map[string][]dao.EventDelivery, error)
}

// EventHandler shows the log of events.
type EventHandler struct {
	log EventLog
}

// NewEventHandler returns a handler on log.
func NewEventHandler(log EventLog) EventHandler { return EventHandler{log} }

// List answers with a page of events.
func (h EventHandler) List(r *http.Request) (Answer, error) {
	var waiting map[string][]dao.EventDelivery
	find := func(ctx context.Context, query dao.Query) (dao.Page[api.Event], error) {
		page, err := h.log.List(ctx, query)
		if err != nil {
			return page, err
		}
		ids := make([]string, len(page.Items))
		for i, event := range page.Items {
			ids[i] = event.ID
		}
		waiting, err = h.log.Waiting(ctx, ids)
		return page, err
	}
	return listAnswer(r, "Event", find, func(event *api.Event) openapi.Event {
		return presenters.PresentEvent(event, waiting[event.ID])
	})
}

// Get answers with one event.
func (h EventHandler) Get(r *http.Request) (Answer, error) {
	event, err := h.log.Get(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return Answer{}, err
	}
	waiting, err := h.log.Waiting(r.Context(), []string{event.ID})
	if err != nil {
		return Answer{}, err
	}
	body := presenters.PresentEvent(event, waiting[event.ID])
	tag, err := eventTag(event, body.Deliveries)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: http.StatusOK, Body: body, ETag: tag}, nil
}

// eventTag is the ETag of an event with its deliveries, which have versions of
// their own.
func eventTag(event *api.Event, deliveries *[]openapi.EventDelivery) (string, error) {
	if deliveries == nil {
		return etag(event), nil
	}
	hash := fnv.New64a()
	if err := json.NewEncoder(hash).Encode(deliveries); err != nil {
		return "", err
	}
	return fmt.Sprintf(`"%d-%x"`, event.RowVersion, hash.Sum64()), nil
}
