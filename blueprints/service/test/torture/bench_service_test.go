package torture

import (
	"context"
	"io"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// Thing is a kind that only the benchmarks have.
type Thing struct {
	api.Meta
	Name string
}

const thingSchema = `CREATE TABLE "things" (
	"id"          uuid        NOT NULL PRIMARY KEY,
	"created_at"  timestamptz NOT NULL,
	"updated_at"  timestamptz NOT NULL,
	"row_version" bigint      NOT NULL DEFAULT 1,
	"name"        text        NOT NULL
)`

// service is the service in this process, as it is built for production, but
// without its servers.
type service struct {
	env    *environments.Env
	things services.Generic[Thing]
}

func openService(b *testing.B, url string) outbox {
	execute(b, url, thingSchema)
	env := newEnv(b, url, io.Discard, "--database-max-conns=32")
	store := dao.NewStore[Thing](env.Database.Sessions)
	return &service{env: env, things: services.NewGeneric(env.Services.Generic(), store, "Thing", Source)}
}

func (s *service) create(ctx context.Context, committed func(id string)) error {
	return s.things.Create(ctx, &Thing{Name: "thing"}, func(ctx context.Context, thing *Thing) error {
		db.AfterCommit(ctx, func() { committed(thing.ID) })
		return nil
	})
}

func (s *service) run(ctx context.Context, handle func(id string)) error {
	err := s.env.Controllers.Register(controllers.Registration{
		Source: Source,
		OnUpsert: func(_ context.Context, event *api.Event) error {
			handle(event.SourceID)
			return nil
		},
	})
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	for _, w := range s.env.Work {
		work.Go(func() error { return ignoreEnd(ctx, w.Run(ctx)) })
	}
	return work.Wait()
}

// ignoreEnd is err, unless ctx has ended: then it is the reason.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
