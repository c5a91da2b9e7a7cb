package server

import (
	"net/http"

	"github.com/gorilla/mux"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// docsPath is where the page stands that shows the API.
const docsPath = api.V1Path + "/openapi.html"

// docsAssets are the files that the page loads, below docsPath.
var docsAssets = []string{
	"swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "favicon-16x16.png", "favicon-32x32.png",
}

// docsPolicy makes the browser see to it that the page loads nothing from
// elsewhere.
const docsPolicy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// registerDocs adds the page that shows the API, with all that it loads.
func registerDocs(router *mux.Router, l *limits) {
	page := v5emb.NewHandlerWithConfig(swgui.Config{
		Title:       api.ServiceName,
		SwaggerJSON: api.V1Path + "/openapi",
		BasePath:    docsPath,
	})
	guarded := l.byAddress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		if r.URL.Path != docsPath { // they are large, and change with a release at most
			w.Header().Set("Cache-Control", "public, max-age=3600")
		}
		page.ServeHTTP(w, r)
	}))
	get := []string{http.MethodGet, http.MethodHead}
	router.Handle(docsPath, guarded).Methods(get...)
	for _, name := range docsAssets {
		router.Handle(docsPath+"/"+name, guarded).Methods(get...)
	}
	router.Handle("/openapi.html", l.byAddress(http.RedirectHandler(docsPath, http.StatusFound))).Methods(get...)
}
