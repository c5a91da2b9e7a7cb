package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// WriteError answers with the error object of err. The cause of an error that
// is the service's own fault goes to the log, not to the client.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = apierror.New(apierror.TooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	}
	e := apierror.From(err)
	switch cause := errors.Unwrap(e); {
	case cause == nil:
	case errors.Is(cause, context.Canceled) && r.Context().Err() != nil:
		logger.From(r.Context()).DebugContext(r.Context(), "the client went away", "error", cause)
	case e.Code.Status() >= http.StatusInternalServerError:
		logger.From(r.Context()).ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", cause)
	}
	write(w, r, e.Code.Status(), presentError(r.Context(), e))
}

func presentError(ctx context.Context, e *apierror.Error) openapi.Error {
	id := strconv.Itoa(int(e.Code))
	presented := openapi.Error{
		Id:     id,
		Kind:   "Error",
		Href:   api.V1Path + "/errors/" + id,
		Code:   api.ServiceName + "-" + id,
		Reason: e.Reason,
	}
	if operation := logger.OperationID(ctx); operation != "" {
		presented.OperationId = &operation
	}
	return presented
}
