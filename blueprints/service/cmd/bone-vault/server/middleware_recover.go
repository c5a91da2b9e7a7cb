package server

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// aboutAnswer are the headers that speak of an answer which does not come.
var aboutAnswer = []string{
	"Cache-Control", "Content-Encoding", "Content-Length", "Content-Type", "ETag", "Location",
}

// recoverPanics answers a panic with the error object of an unexpected error
// and logs it with its stack. If the answer has already begun, the connection
// is cut, so that the client cannot take half an answer for a whole one.
func recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &recorder{ResponseWriter: w}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			ctx := r.Context()
			logger.From(ctx).ErrorContext(ctx, "panic", "cause", cause, "stack", string(debug.Stack()))
			err := fmt.Errorf("panic: %v", cause)
			telemetry.Fail(ctx, err)
			errorreport.Send(ctx, errorreport.Panic, err)
			if answer.status != 0 {
				panic(http.ErrAbortHandler)
			}
			for _, name := range aboutAnswer {
				w.Header().Del(name)
			}
			handlers.WriteError(w, r, apierror.New(apierror.General, ""))
		}()
		next.ServeHTTP(answer, r)
	})
}
