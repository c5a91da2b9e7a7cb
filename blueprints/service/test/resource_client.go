package test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// Typed is the generated client of a kind, as far as Resource checks it.
type Typed struct {
	// Create sends a body as the type that the client has for it, and returns
	// the object that was answered.
	Create func(t testing.TB, body []byte) (object any)

	// List returns the objects of the first page.
	List func(t testing.TB) (objects any)
}

// checkClient creates and lists objects through the generated client: nothing
// may get lost on its way through the types.
func (k *trial) checkClient() {
	if k.Client == nil {
		k.t.Skip("the kind has no generated client here")
	}
	client := k.Client(k.t, k.service)
	body, err := json.Marshal(k.plain(1))
	if err != nil {
		k.t.Fatal(err)
	}
	object := k.object(client.Create(k.t, body))
	path, ok := object["href"].(string)
	if !ok {
		k.t.Fatalf("the object has no href: %v", object)
	}
	k.made = append(k.made, path)
	stored := k.get(path).Object()
	if !k.same(object, stored) {
		k.t.Errorf("created: got %.500v, want %.500v", object, stored)
	}
	second := k.post(k.plain(2)).Want(http.StatusCreated).Object()
	if listed := client.List(k.t); !k.same(listed, []any{stored, second}) {
		k.t.Errorf("listed: got %.500v, want %.500v and %.500v", listed, stored, second)
	}
}

// object is a typed object as JSON has it.
func (k *trial) object(typed any) map[string]any {
	k.t.Helper()
	data, err := json.Marshal(typed)
	if err != nil {
		k.t.Fatal(err)
	}
	return decode[map[string]any](k.t, data)
}
