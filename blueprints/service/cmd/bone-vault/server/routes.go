package server

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

// kindRoutes adds the routes of each kind. `trexgen add kind` adds a line for
// each kind.
var kindRoutes = []func(v1 *mux.Router, env *environments.Env) error{
	registerFossilEntryRoutes,
}

// newRouter returns the router of the API. What stands below v1 is for
// authenticated and authorised requests only, except for the document that
// says how to make one.
func newRouter(env *environments.Env, build Build, l *limits) (*mux.Router, error) {
	router := newRoot(l)
	get := []string{http.MethodGet, http.MethodHead}
	router.Handle(api.BasePath, l.byAddress(handlers.Metadata(build.Version, build.Time))).Methods(get...)
	router.Handle(api.V1Path+"/openapi", l.byAddress(handlers.OpenAPI(env.Handlers.Spec.JSON))).Methods(get...)
	registerDocs(router, l)

	v1 := router.PathPrefix(api.V1Path).Subrouter()
	v1.Use(env.Handlers.Authenticator.Authenticate(l.failing(handlers.WriteError)), l.bySubject)
	v1.Use(auth.Authorize(env.Handlers.Authorizer, handlers.WriteError, env.Handlers.Decided))
	registerEventRoutes(v1, env)
	for _, register := range kindRoutes {
		if err := register(v1, env); err != nil {
			return nil, err
		}
	}
	return router, nil
}

// newRoot returns a router without routes.
func newRoot(l *limits) *mux.Router {
	// An unclean path is an unknown one, not a reason to be sent elsewhere.
	router := mux.NewRouter().SkipClean(true)
	router.Use(noteRoute, plainPath)
	router.NotFoundHandler = l.byAddress(unmatched(router))
	router.MethodNotAllowedHandler = router.NotFoundHandler
	return router
}
