package dao

import (
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// FossilEntryDao keeps fossil entries. Add here what only they ask of SQL.
type FossilEntryDao struct {
	Store[api.FossilEntry]
}

// NewFossilEntryDao returns a FossilEntryDao on sessions.
func NewFossilEntryDao(sessions *db.SessionFactory) FossilEntryDao {
	options := []Option{
		WithJoin[api.FossilEntry]("parent", "parent_id"),
	}
	return FossilEntryDao{NewStore[api.FossilEntry](sessions, options...)}
}
