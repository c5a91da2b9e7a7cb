package server

import "net/http"

// answerPolicy is for answers that are no pages: a browser that is made to show
// one loads and runs nothing, and puts it into no frame.
const answerPolicy = "default-src 'none'; frame-ancestors 'none'"

// strictTransport keeps browsers from plain HTTP for a year.
const strictTransport = "max-age=31536000"

// secureHeaders tells browsers and caches how careful they have to be with an
// answer. Handlers may say otherwise.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Content-Security-Policy", answerPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if r.TLS != nil {
			header.Set("Strict-Transport-Security", strictTransport)
		}
		answer := &recorder{ResponseWriter: w, begin: setCaching}
		next.ServeHTTP(answer, r)
		answer.start(http.StatusOK) // of those who say nothing
	})
}

// setCaching says how an answer may be kept, unless its handler has. Who has the
// tag of an object may keep it, and has to ask each time whether it is still the
// same; all else is not kept. Both depend on who asks.
func setCaching(header http.Header, status int) {
	switch {
	case header.Get("Cache-Control") != "":
	case header.Get("ETag") != "" && (status == http.StatusOK || status == http.StatusNotModified):
		header.Set("Cache-Control", "private, no-cache")
	default:
		header.Set("Cache-Control", "no-store")
	}
}
