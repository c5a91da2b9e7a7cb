package test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// with returns a copy of body that has the values too.
func with(body, values map[string]any) map[string]any {
	changed := maps.Clone(body)
	maps.Copy(changed, values)
	return changed
}

// withField returns a copy of body in which the field has the value.
func withField(body map[string]any, name string, value any) map[string]any {
	return with(body, map[string]any{name: value})
}

// batch is how many fields are tried at once. An error names more problems than
// these have.
const batch = 8

// each calls check with values of several fields at once, until every value of
// every field was in one.
func (k *trial) each(values func(factories.Field) []any, check func(chosen map[string]any)) {
	k.t.Helper()
	for fields := range slices.Chunk(k.Fields, batch) {
		for i := 0; ; i++ {
			chosen := map[string]any{}
			for _, field := range fields {
				if all := values(field); i < len(all) {
					chosen[field.Name] = all[i]
				}
			}
			if len(chosen) == 0 {
				break
			}
			check(chosen)
		}
	}
}

// checkValues sends every legal value, and reads what it was answered.
func (k *trial) checkValues() {
	first, second := k.body(1), k.body(2)
	path := k.url("/" + k.create(2).ID())
	k.each(factories.Field.Legal, func(chosen map[string]any) {
		body := with(first, chosen)
		created := k.post(body).Want(http.StatusCreated)
		k.wantFields(created.Object(), body)
		k.wantStored(created)
		k.do(http.MethodDelete, k.url("/"+created.ID()), nil).Want(http.StatusNoContent)

		patch := k.patch(chosen)
		patched := k.do(http.MethodPatch, path, patch).Want(http.StatusOK)
		k.wantFields(patched.Object(), with(second, patch))
		k.wantStored(patched)
		again := k.do(http.MethodPatch, path, patch).Want(http.StatusOK)
		if again.Header.Get("ETag") != patched.Header.Get("ETag") {
			k.t.Errorf("the same values %.500v twice are a change", patch)
		}
		k.do(http.MethodPatch, path, k.patch(second)).Want(http.StatusOK)
	})
}

// checkValidation sends what is wrong to both routes that take a body. All is
// refused and nothing is stored.
func (k *trial) checkValidation() {
	t := k.t
	path, body := k.url("/"+k.create(1).ID()), k.body(2)
	total := k.get(k.url("")).Object()["total"]
	before := k.get(path)
	refuse := func(wrong map[string]any) {
		t.Helper()
		post := k.post(with(body, wrong)).WantError(apierror.Validation)
		patch := k.do(http.MethodPatch, path, with(k.patch(body), wrong)).WantError(apierror.Validation)
		for name := range wrong {
			post.WantNamed(name)
			patch.WantNamed(name)
		}
	}
	k.each(factories.Field.Wrong, refuse)
	k.each(func(field factories.Field) []any {
		if field.IsRequired {
			return []any{nil}
		}
		return nil
	}, refuse)
	k.each(func(field factories.Field) []any {
		if _, hasDefault := field.LeftOut(); field.IsRequired && !hasDefault {
			return []any{"left out"}
		}
		return nil
	}, func(missing map[string]any) {
		rest := maps.Clone(body)
		maps.DeleteFunc(rest, func(name string, _ any) bool { return missing[name] != nil })
		answer := k.post(rest).WantError(apierror.Validation)
		for name := range missing {
			answer.WantNamed(name)
		}
	})
	refuse(map[string]any{"no_such_field": 1})
	refuse(map[string]any{"id": "x", "kind": "x", "href": "x", "created_at": "x", "updated_at": "x"})
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
		k.post(withField(third, field.Name, first[field.Name])).WantError(apierror.Conflict, field.Name)
		if !field.IsImmutable {
			k.do(http.MethodPatch, path, map[string]any{field.Name: first[field.Name]}).WantError(apierror.Conflict, field.Name)
		}
		if !field.IsRequired { // any number of objects may have none
			for range 2 {
				k.post(withField(k.body(next), field.Name, nil)).Want(http.StatusCreated)
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
		k.post(withField(body, field.Name, unknownID)).WantError(apierror.Validation, field.Name)

		capitals := withField(body, field.Name, strings.ToUpper(id))
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
