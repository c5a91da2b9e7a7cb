package auth_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// What a request pays: the signature, and all else that is read and compared.
func BenchmarkAuthenticate(b *testing.B) {
	i := newIssuer(b)
	key := newRSA(b, 2048)
	a, err := auth.New(fileOf(b, i, jwkOf(b, i.kid, i.key.Public(), false, nil), jwkOf(b, "rsa", key.Public(), false, nil)), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	handler := a.Authenticate(fail)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for name, token := range map[string]string{
		"ES256": i.token(nil), "RS256": sign(b, jwt.SigningMethodRS256, key, "rsa", i.claims(nil)),
		"expired": i.token(jwt.MapClaims{"exp": 1}), "unknown": "x" + i.token(nil),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
