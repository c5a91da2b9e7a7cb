package server

import (
	"fmt"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

// kindControllers says, for each kind, who handles its events. `trexgen add
// kind` adds a line for each kind.
var kindControllers = []func(env *environments.Env) controllers.Registration{
	newFossilEntryController,
}

// registerControllers tells the manager of env who handles which events.
func registerControllers(env *environments.Env) error {
	for _, controller := range kindControllers {
		registration := controller(env)
		if err := env.Controllers.Register(registration); err != nil {
			return fmt.Errorf("controller of %s: %w", registration.Source, err)
		}
	}
	return nil
}
