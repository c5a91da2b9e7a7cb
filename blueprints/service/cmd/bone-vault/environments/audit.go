package environments

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/audit"
)

// recorders write down more about each event, in its transaction.
func (e *Env) recorders() []func(context.Context, *api.Event) error {
	if !e.Config.Audit.Enabled {
		return nil
	}
	return []func(context.Context, *api.Event) error{audit.NewRecorder(e.Database.Sessions).Record}
}
