package test

import (
	"net/http"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/policy"
)

// A deed is a request for a verb.
type deed struct {
	verb   auth.Verb
	method string
	whole  bool // the collection is asked for, not an object
	status int  // if it is allowed
	body   func(owner *trial) any
}

// deeds have all verbs but for Watch.
var deeds = []deed{
	{auth.List, http.MethodGet, true, http.StatusOK, nil},
	{auth.List, http.MethodHead, true, http.StatusOK, nil},
	{auth.Get, http.MethodGet, false, http.StatusOK, nil},
	{auth.Get, http.MethodHead, false, http.StatusOK, nil},
	{auth.Create, http.MethodPost, true, http.StatusCreated, func(k *trial) any { return k.plain(2) }},
	{auth.Update, http.MethodPatch, false, http.StatusOK, func(k *trial) any { return k.patch(k.plain(3)) }},
	{auth.Delete, http.MethodDelete, false, http.StatusNoContent, nil},
}

// do does it as who to an object, or beside it. What it takes comes from owner.
func (d deed) do(who, owner *trial, object string) Response {
	owner.t.Helper()
	if d.whole {
		object = owner.url("")
	}
	var body any
	if d.body != nil {
		body = d.body(owner)
	}
	return who.do(d.method, object, body)
}

// checkPolicy does everything as somebody of each role, of none, and as nobody,
// on a replica that asks for tokens. What is wanted stands in the table of
// package policy; the tests beside it say what should stand there. k, which
// nobody asks for a token, makes the objects and looks at what became of them.
func (k *trial) checkPolicy() {
	i := slices.IndexFunc(policy.Table, func(row policy.Row) bool { return row.Kind == k.Path })
	if i < 0 {
		k.t.Fatalf("pkg/policy/table.go has no line for %s", k.Path)
	}
	grants := policy.Table[i].Grants
	issuer := NewIssuer(k.t)
	service := Start(k.t, append(issuer.Flags(), "--authorizer="+config.AuthorizerPolicy,
		"--database-url="+k.service.Env.Config.Database.URL.Reveal())...)
	service.WaitUntilReady(k.t)
	as := func(roles ...string) *trial {
		return &trial{
			Resource: k.Resource, t: k.t, service: service, targets: map[string]string{},
			headers: []string{"Authorization", "Bearer " + issuer.Token("jane", roles...)},
		}
	}
	for role, verbs := range grants {
		k.checkGrants(as(role), role, verbs)
	}
	k.checkGrants(as(), "no role", nil)
	k.checkGrants(as("nobody"), "an unknown role", nil)
	nobody := as()
	nobody.headers = nil
	for _, deed := range deeds {
		if deed.do(nobody, k, k.url("/"+unknownID)).Status != http.StatusUnauthorized {
			k.t.Errorf("%s without a token is not refused", deed.verb)
		}
	}
}

// checkGrants does everything as who, and reports what is allowed beyond verbs,
// and what of them is not. The objects are those of k.
func (k *trial) checkGrants(who *trial, role string, verbs []auth.Verb) {
	for _, deed := range deeds {
		object := k.post(k.plain(1)).Want(http.StatusCreated)
		path := object.Header.Get("Location")
		answer := deed.do(who, k, path)
		if slices.Contains(verbs, deed.verb) {
			if answer.Status != deed.status {
				k.t.Errorf("%s as %s: got %d %s, want %d", deed.verb, role, answer.Status, answer.Body, deed.status)
			}
			k.forget(path, answer.Header.Get("Location"))
			continue
		}
		k.wantRefused(answer, role, deed.verb)
		// Who may not touch objects is not told either which there are.
		k.wantRefused(deed.do(who, k, k.url("/"+unknownID)), role, deed.verb)
		if now := k.get(path); now.Header.Get("ETag") != object.Header.Get("ETag") {
			k.t.Errorf("%s as %s was refused, and done: the object is %s", deed.verb, role, now.Body)
		}
		if total := k.get(k.url("")).Object()["total"]; !k.same(total, 1) {
			k.t.Errorf("%s as %s was refused, and done: there are %v objects", deed.verb, role, total)
		}
		k.forget(path, "")
	}
	k.checkWatchGrant(who, role, slices.Contains(verbs, auth.Watch))
}

// checkWatchGrant is checkGrants for streams, which do not end by themselves.
func (k *trial) checkWatchGrant(who *trial, role string, allowed bool) {
	if allowed {
		who.service.Watch(k.t, k.Path, "", who.headers...).Close()
		return
	}
	k.wantRefused(who.do(http.MethodGet, k.url("?watch=true"), nil), role, auth.Watch)
}

func (k *trial) wantRefused(answer Response, role string, verb auth.Verb) {
	k.t.Helper()
	if answer.Status != http.StatusForbidden {
		k.t.Errorf("%s as %s: got %d %s, want it forbidden", verb, role, answer.Status, answer.Body)
		return
	}
	if len(answer.Body) > 0 { // the answer to HEAD has none
		answer.WantError(apierror.Forbidden, string(verb), k.Path)
	}
}

// forget deletes objects, unless they are gone already.
func (k *trial) forget(paths ...string) {
	k.t.Helper()
	for _, path := range paths {
		if path == "" {
			continue
		}
		if status := k.do(http.MethodDelete, path, nil).Status; status != http.StatusNoContent && status != http.StatusNotFound {
			k.t.Errorf("delete %s: got %d", path, status)
		}
	}
}
