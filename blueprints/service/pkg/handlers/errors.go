package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// statusClientGone stands in the log and the metrics for requests whose client
// did not wait: nothing of ours failed. Other servers use the number too.
const statusClientGone = 499

// WriteError answers with the error object of err. Its cause goes to the log,
// not to the client: as an error if the fault is the service's own.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = apierror.New(apierror.TooLarge, "the body is larger than %d bytes", tooLarge.Limit)
	}
	e := apierror.From(err)
	ours := e.Code.Status() >= http.StatusInternalServerError
	switch cause := errors.Unwrap(e); {
	case ours && errors.Is(ctx.Err(), context.Canceled): // whatever came of that
		logger.From(ctx).DebugContext(ctx, "the client went away", "error", cause)
		w.WriteHeader(statusClientGone)
		return
	case cause == nil:
	case ours:
		logger.From(ctx).ErrorContext(ctx, "request failed", "method", r.Method, "path", r.URL.Path, "error", cause)
		telemetry.Fail(ctx, cause)
		errorreport.Send(ctx, errorreport.Failure, cause)
	case strings.Contains(e.Reason, cause.Error()): // which the client has read, and which may quote its query
	default:
		logger.From(ctx).DebugContext(ctx, "request refused", "method", r.Method, "path", r.URL.Path, "error", cause)
	}
	write(w, r, e.Code.Status(), presentError(ctx, e))
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
