package environments

import (
	"errors"
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// production sets what is special about the real thing. It refuses to go
// without authentication, whatever the configuration says.
func production(e *Env) error {
	if e.Config.Auth.Mode != config.AuthJWT {
		return errors.New("requests have to be authenticated: give --auth=jwt")
	}
	e.Clients.HTTP = client.New(client.Options{Transport: e.Tracing.Transport(http.DefaultTransport)})
	return nil
}
