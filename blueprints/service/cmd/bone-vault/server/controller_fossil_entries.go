package server

import (
	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// newFossilEntryController hands the events about fossil entries to their
// service.
func newFossilEntryController(env *environments.Env) controllers.Registration {
	service := env.Services.FossilEntries()
	return controllers.Registration{
		Source:   services.FossilEntrySource,
		OnUpsert: service.OnUpsert,
		OnDelete: service.OnDelete,
	}
}
