package test

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// with returns a copy of body in which the field has the value.
func with(body map[string]any, name string, value any) map[string]any {
	changed := map[string]any{name: value}
	for other, old := range body {
		if other != name {
			changed[other] = old
		}
	}
	return changed
}

// checkValues sends every legal value, and reads what it was answered.
func (k *trial) checkValues() {
	second := k.body(2)
	path := k.url("/" + k.create(2).ID())
	for _, field := range k.Fields {
		for _, value := range field.Legal() {
			body := with(k.body(1), field.Name, value)
			created := k.post(body).Want(http.StatusCreated)
			k.wantFields(created.Object(), body)
			k.wantStored(created)
			k.do(http.MethodDelete, k.url("/"+created.ID()), nil).Want(http.StatusNoContent)
			if field.IsImmutable {
				continue
			}
			patched := k.do(http.MethodPatch, path, map[string]any{field.Name: value}).Want(http.StatusOK)
			if got := patched.Object()[field.Name]; !k.same(got, field.Answer(value)) {
				k.t.Errorf("%s: patched to %.200v, want %.200v", field.Name, got, field.Answer(value))
			}
			k.wantStored(patched)
			again := k.do(http.MethodPatch, path, map[string]any{field.Name: value}).Want(http.StatusOK)
			if again.Header.Get("ETag") != patched.Header.Get("ETag") {
				k.t.Errorf("%s: the same value %.200v twice is a change", field.Name, value)
			}
			k.do(http.MethodPatch, path, map[string]any{field.Name: second[field.Name]}).Want(http.StatusOK)
		}
	}
}

// checkValidation sends what is wrong to both routes that take a body. All is
// refused and nothing is stored.
func (k *trial) checkValidation() {
	t := k.t
	path, body := k.url("/"+k.create(1).ID()), k.body(2)
	total := k.get(k.url("")).Object()["total"]
	before := k.get(path)
	refuse := func(name string, value any, parts ...string) {
		t.Helper()
		k.post(with(body, name, value)).WantError(apierror.Validation, parts...)
		k.do(http.MethodPatch, path, with(k.patch(body), name, value)).WantError(apierror.Validation, parts...)
	}
	for _, field := range k.Fields {
		for _, wrong := range field.Wrong() {
			refuse(field.Name, wrong, field.Name)
		}
		if field.IsRequired {
			refuse(field.Name, nil, field.Name)
		}
		if _, hasDefault := field.LeftOut(); field.IsRequired && !hasDefault {
			missing := k.body(2)
			delete(missing, field.Name)
			k.post(missing).WantError(apierror.Validation, field.Name)
		}
	}
	refuse("no_such_field", 1, "no_such_field")
	for _, name := range []string{"id", "kind", "href", "created_at", "updated_at"} {
		refuse(name, "x", name)
	}
	for body, code := range map[string]apierror.Code{
		"": apierror.Malformed, "{": apierror.Malformed, "[]": apierror.Malformed, "null": apierror.Malformed,
		"{} {}": apierror.Malformed, `{"a":1,"a":2}`: apierror.Malformed, `{"a":"\ud800"}`: apierror.Malformed,
		`{"x":"` + strings.Repeat("x", MaxBodyBytes) + `"}`: apierror.TooLarge,
	} {
		k.post(body).WantError(code)
		k.do(http.MethodPatch, path, body).WantError(code)
	}
	k.do(http.MethodPost, k.url(""), body, "Content-Type", "text/plain").WantError(apierror.UnsupportedMediaType)
	if got := k.get(k.url("")).Object()["total"]; got != total {
		t.Errorf("%v objects are stored, want %v", got, total)
	}
	if after := k.get(path); string(after.Body) != string(before.Body) {
		t.Errorf("%s became %s", before.Body, after.Body)
	}
}

// checkUnique gives a second object the value of the first, field by field.
func (k *trial) checkUnique() {
	first, third := k.body(1), k.body(3)
	k.post(first).Want(http.StatusCreated)
	path := k.url("/" + k.create(2).ID())
	next := 4
	for _, field := range k.Fields {
		if !field.IsUnique {
			continue
		}
		k.post(with(third, field.Name, first[field.Name])).WantError(apierror.Conflict, field.Name)
		if !field.IsImmutable {
			k.do(http.MethodPatch, path, map[string]any{field.Name: first[field.Name]}).WantError(apierror.Conflict, field.Name)
		}
		if !field.IsRequired { // any number of objects may have none
			for range 2 {
				k.post(with(k.body(next), field.Name, nil)).Want(http.StatusCreated)
				next++
			}
		}
	}
	k.post(third).Want(http.StatusCreated)
}

// alias is what the columns of a field's target are called by.
func alias(field factories.Field) string { return strings.TrimSuffix(field.Name, "_id") }

// checkReferences follows each field that refers to another object, from both
// sides.
func (k *trial) checkReferences() {
	t := k.t
	for i, field := range k.Fields {
		if field.Target == nil {
			continue
		}
		n := i + 1 // objects and targets of its own
		body := k.body(n)
		id := fmt.Sprint(body[field.Name])
		target := api.V1Path + "/" + field.Target.Path + "/" + id
		k.post(with(body, field.Name, unknownID)).WantError(apierror.Validation, field.Name)

		capitals := with(body, field.Name, strings.ToUpper(id))
		created := k.post(capitals).Want(http.StatusCreated)
		k.wantFields(created.Object(), capitals)
		k.wantStored(created)
		path := k.url("/" + created.ID())
		if !field.IsImmutable {
			k.do(http.MethodPatch, path, map[string]any{field.Name: unknownID}).WantError(apierror.Validation, field.Name)
			k.do(http.MethodPatch, path, map[string]any{field.Name: strings.ToUpper(id)}).Want(http.StatusOK)
			k.wantStored(created)
		}

		for _, search := range []string{field.Name + " = '%s'", alias(field) + ".id = '%s'"} {
			search = fmt.Sprintf(search, id) + " and " + alias(field) + ".created_at is not null"
			answer := k.get(k.url("?orderBy=" + alias(field) + ".created_at&search=" + url.QueryEscape(search)))
			if got := idsOf(answer); !reflect.DeepEqual(got, []string{created.ID()}) {
				t.Errorf("search %q: got %v, want %s", search, got, created.ID())
			}
		}
		k.do(http.MethodDelete, target, nil).WantError(apierror.Conflict, k.Path)
		k.do(http.MethodDelete, path, nil).Want(http.StatusNoContent)
		k.do(http.MethodDelete, target, nil).Want(http.StatusNoContent)
	}
}
