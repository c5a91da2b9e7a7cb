package environments

import (
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// FossilEntryServiceLocator finds the service of fossil entries.
type FossilEntryServiceLocator func() *services.FossilEntryService

// NewFossilEntryServiceLocator returns the locator for e.
func NewFossilEntryServiceLocator(e *Env) FossilEntryServiceLocator {
	store := dao.NewFossilEntryDao(e.Database.Sessions)
	service := services.NewFossilEntryService(e.Services.Generic(), store)
	return func() *services.FossilEntryService { return service }
}
