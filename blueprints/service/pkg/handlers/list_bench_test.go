package handlers

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
)

// BenchmarkQuery reads and validates the parameters of a list.
func BenchmarkQuery(b *testing.B) {
	r := httptest.NewRequest(http.MethodGet, "/?page=2&size=50&search=name+%3D+%27x%27+and+size+%3E+1&orderBy=name+desc&fields=name,size", nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseQuery(r); err != nil {
			b.Fatal(err)
		}
		if _, err := parseFields(reflect.TypeFor[sample](), r.URL.Query().Get("fields")); err != nil {
			b.Fatal(err)
		}
	}
}
