package server

import (
	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
)

// WalkRoutes calls visit for each method of each route of the API, in their
// order, and ends with its first error.
func WalkRoutes(env *environments.Env, visit func(method string, route *mux.Route) error) error {
	router, err := newRouter(env, Build{}, newLimits(0, nil))
	if err != nil {
		return err
	}
	return router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if route.GetHandler() == nil {
			return nil // the beginning of others
		}
		of, err := route.GetMethods()
		if err != nil {
			of = methods // a route that takes all
		}
		for _, method := range of {
			if err := visit(method, route); err != nil {
				return err
			}
		}
		return nil
	})
}
