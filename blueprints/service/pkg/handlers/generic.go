package handlers

import (
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// Metadata answers with what this service is.
func Metadata(version, buildTime string) http.HandlerFunc {
	metadata := openapi.Metadata{
		Id:        api.ServiceName,
		Kind:      "API",
		Href:      api.BasePath,
		Version:   version,
		BuildTime: buildTime,
	}
	return Handle(func(*http.Request) (Answer, error) {
		return Answer{Status: http.StatusOK, Body: metadata}, nil
	})
}

// OpenAPI answers with the OpenAPI document.
func OpenAPI(document []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document) // the client is gone: nobody to tell
	}
}

// NotFound answers requests for paths that do not exist.
func NotFound(w http.ResponseWriter, r *http.Request) {
	WriteError(w, r, apierror.New(apierror.NotFound, "there is nothing at %s", r.URL.Path))
}
