package auth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

func TestRolesClaim(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	const url = "https://example.com/v1.0/roles"
	for _, tt := range []struct {
		path, claims string
		want         []string // nil for none
		refused      bool
	}{
		{path: "roles", claims: `{"roles":["a","b"]}`, want: []string{"a", "b"}},
		{path: "roles", claims: `{"roles":"a"}`, want: []string{"a"}},
		{path: "roles", claims: `{"roles":"a b"}`, want: []string{"a b"}},
		{path: "roles", claims: `{"roles":[]}`, want: []string{}},
		{path: "roles", claims: `{"roles":null}`},
		{path: "roles", claims: `{"groups":["a"]}`},
		{path: "groups", claims: `{"groups":["a"],"roles":["b"]}`, want: []string{"a"}},
		{path: "realm_access.roles", claims: `{"realm_access":{"roles":["a"]},"roles":["b"]}`, want: []string{"a"}},
		{path: "realm_access.roles", claims: `{"realm_access.roles":["a"],"realm_access":{"roles":["b"]}}`, want: []string{"a"}},
		{path: "realm_access.roles", claims: `{"realm_access":["roles"]}`},
		{path: "realm_access.roles", claims: `{"realm_access":"roles"}`},
		{path: "realm_access.roles", claims: `{"realm_access":null}`},
		{path: "realm_access.roles", claims: `{"roles":["b"]}`},
		{path: "resource_access.our.api.roles", claims: `{"resource_access":{"our.api":{"roles":["a"]}}}`, want: []string{"a"}},
		{path: "resource_access.our.api.roles", claims: `{"resource_access":{"our":{"api.roles":["a"]},"our.api":{}}}`, want: []string{"a"}},
		{path: url, claims: `{"` + url + `":["a"]}`, want: []string{"a"}},
		{path: url, claims: `{"https://example":{"com/v1":{"0/roles":["a"]}}}`, want: []string{"a"}},
		{path: ".roles.", claims: `{"roles":["a"]}`},
		{path: "roles", claims: `{"roles":[1]}`, refused: true},
		{path: "roles", claims: `{"roles":["a",null]}`, refused: true},
		{path: "roles", claims: `{"roles":["a",["b"]]}`, refused: true},
		{path: "roles", claims: `{"roles":{"admin":true}}`, refused: true},
		{path: "roles", claims: `{"roles":true}`, refused: true},
		{path: "roles", claims: `{"roles":1}`, refused: true},
	} {
		c := i.config()
		c.RolesClaim = tt.path
		var claims jwt.MapClaims
		if err := json.Unmarshal([]byte(tt.claims), &claims); err != nil {
			t.Fatal(err)
		}
		if _, has := claims["roles"]; !has {
			claims["roles"] = nil // which the issuer's token has else
		}
		want := outcome{Status: http.StatusOK, Identity: auth.Identity{Subject: "jane", Roles: tt.want}}
		if tt.refused {
			want = invalid
		}
		t.Run(tt.path+" of "+tt.claims, func(t *testing.T) {
			t.Parallel()
			ask(newAuthenticator(t, c), "Bearer "+i.token(claims)).mustBe(t, want)
		})
	}
}
