package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

// registerEventRoutes adds the routes of the log of events.
func registerEventRoutes(v1 *mux.Router, env *environments.Env) {
	h := handlers.NewEventHandler(env.Services.Events())
	v1.Handle("/events", handlers.Handle(h.List)).Methods(http.MethodGet, http.MethodHead)
	v1.Handle("/events/{id}", handlers.Handle(h.Get)).Methods(http.MethodGet, http.MethodHead)
}
