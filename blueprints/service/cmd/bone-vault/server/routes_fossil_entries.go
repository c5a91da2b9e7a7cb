package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/presenters"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// registerFossilEntryRoutes adds the routes of fossil entries to those of the
// API's first version.
func registerFossilEntryRoutes(v1 *mux.Router, env *environments.Env) error {
	h, err := handlers.NewFossilEntryHandler(env.Services.FossilEntries(), env.Handlers.Spec)
	if err != nil {
		return err
	}
	v1.Handle("/fossil_entries", handlers.Watch(env.Streams, services.FossilEntrySource, env.Services.FossilEntries(), presenters.PresentFossilEntry)).
		Methods(http.MethodGet, http.MethodHead).Queries("watch", "true")
	v1.Handle("/fossil_entries", handlers.Handle(h.List)).Methods(http.MethodGet, http.MethodHead)
	v1.Handle("/fossil_entries", handlers.Handle(handlers.Idempotent(env.Idempotency, h.Create))).Methods(http.MethodPost)
	v1.Handle("/fossil_entries/{id}", handlers.Handle(h.Get)).Methods(http.MethodGet, http.MethodHead)
	v1.Handle("/fossil_entries/{id}", handlers.Handle(h.Patch)).Methods(http.MethodPatch)
	v1.Handle("/fossil_entries/{id}", handlers.Handle(h.Delete)).Methods(http.MethodDelete)
	return nil
}
