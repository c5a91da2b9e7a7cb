package environments

import (
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
)

// development sets what is special about a developer's machine. Without
// authentication everybody has the role admin there.
func development(e *Env) error {
	e.Clients.HTTP = client.New(client.Options{Transport: e.Tracing.Transport(http.DefaultTransport)})
	return nil
}
