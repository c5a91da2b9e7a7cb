package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// unknownID is the id of nothing.
const unknownID = "00000000-0000-7000-8000-000000000000"

// Resource is a kind as clients see it, and Check what all kinds promise them.
type Resource struct {
	Kind   string
	Path   string // below api.V1Path, in the plural
	Source string // of its events
	Fields []factories.Field

	// Client is the generated client of the kind on a service. Without one it
	// is not checked.
	Client func(t testing.TB, s *Service) Typed
}

// Check runs through the routes of the kind, on a service and a database of its
// own. Starting one takes longer than a check, so that they share it: each
// deletes what it has made, and the next one finds no object of the kind.
func (k Resource) Check(t *testing.T) {
	service := Start(t, "--audit")
	for name, check := range map[string]func(*trial){
		"Create":     (*trial).checkCreate,
		"Get":        (*trial).checkGet,
		"Patch":      (*trial).checkPatch,
		"Delete":     (*trial).checkDelete,
		"Writers":    (*trial).checkConcurrency,
		"List":       (*trial).checkList,
		"Search":     (*trial).checkSearch,
		"Paging":     (*trial).checkPaging,
		"Values":     (*trial).checkValues,
		"Validation": (*trial).checkValidation,
		"Unique":     (*trial).checkUnique,
		"References": (*trial).checkReferences,
		"Events":     (*trial).checkEvents,
		"Trace":      (*trial).checkTrace,
		"Policy":     (*trial).checkPolicy,
		"Watch":      (*trial).checkWatch,
		"Client":     (*trial).checkClient,
		"Repeats":    (*trial).checkIdempotency,
	} {
		t.Run(name, func(t *testing.T) {
			one := &trial{Resource: k, t: t, service: service, targets: map[string]string{}}
			defer one.clear()
			check(one)
		})
	}
}

// trial is one check of a resource.
type trial struct {
	Resource
	t       *testing.T
	service *Service

	// targets are the ids of the objects that were made to be referred to.
	targets map[string]string

	// headers go with each request: names and values in turns.
	headers []string

	// made are the paths of all objects that were made.
	made []string
}

func (k *trial) do(method, path string, body any, headers ...string) Response {
	k.t.Helper()
	answer := k.service.Do(k.t, method, path, body, append(slices.Clip(k.headers), headers...)...)
	if answer.Status == http.StatusCreated {
		k.made = append(k.made, answer.Header.Get("Location"))
	}
	return answer
}

// clear deletes what was made and is still there, the last first. What others
// refer to has to wait for the next round.
func (k *trial) clear() {
	for len(k.made) > 0 {
		var kept []string
		for _, path := range slices.Backward(k.made) {
			answer := k.do(http.MethodDelete, path, nil)
			if answer.Status != http.StatusNoContent && answer.Status != http.StatusNotFound {
				kept = append(kept, path)
			}
		}
		if len(kept) == len(k.made) {
			k.t.Fatalf("cannot be deleted after the check: %q", kept)
		}
		slices.Reverse(kept)
		k.made = kept
	}
}

func (k *trial) get(path string) Response {
	k.t.Helper()
	return k.do(http.MethodGet, path, nil).Want(http.StatusOK)
}

func (k *trial) post(body any) Response {
	k.t.Helper()
	return k.do(http.MethodPost, k.url(""), body)
}

// create stores the n-th object.
func (k *trial) create(n int) Response {
	k.t.Helper()
	return k.post(k.body(n)).Want(http.StatusCreated)
}

func (k *trial) url(rest string) string { return api.V1Path + "/" + k.Path + rest }

// body is the n-th request with all fields. What it refers to is there.
func (k *trial) body(n int) map[string]any {
	k.t.Helper()
	return k.existing(factories.Body(k.Fields, n), k.Fields, n)
}

// existing gives the fields of body that refer to others objects that exist.
func (k *trial) existing(body map[string]any, fields []factories.Field, n int) map[string]any {
	k.t.Helper()
	for _, field := range fields {
		if _, there := body[field.Name]; there && field.Target != nil {
			body[field.Name] = k.target(*field.Target, n)
		}
	}
	return body
}

// target returns the id of the n-th object that can be referred to, with its
// required fields only. Neither its number nor that of what it refers to itself
// is one of the trial's own objects, whose kind it may be and whose targets it
// must not hold.
func (k *trial) target(target factories.Target, n int) string {
	k.t.Helper()
	const apart = 20
	key := fmt.Sprintf("%s %d", target.Path, n)
	if id, made := k.targets[key]; made {
		return id
	}
	fields := onlyRequired(target.Fields())
	body := k.existing(factories.Body(fields, n+apart), fields, n+apart)
	answer := k.do(http.MethodPost, api.V1Path+"/"+target.Path, body).Want(http.StatusCreated)
	k.targets[key] = answer.ID()
	return k.targets[key]
}

func onlyRequired(fields []factories.Field) []factories.Field {
	var required []factories.Field
	for _, field := range fields {
		if field.IsRequired {
			required = append(required, field)
		}
	}
	return required
}

// plain is the n-th request without what refers to the kind itself, be it by
// way of others: the objects that would be made for it are of the kind too and
// would show in its lists.
func (k *trial) plain(n int) map[string]any {
	k.t.Helper()
	var fields []factories.Field
	for _, field := range k.Fields {
		if !k.leadsHome(field) {
			fields = append(fields, field)
		}
	}
	return k.existing(factories.Body(fields, n), fields, n)
}

// leadsHome tells whether an object of the kind is needed to fill the field.
func (k *trial) leadsHome(field factories.Field) bool {
	if field.Target == nil {
		return false
	}
	if field.Target.Path == k.Path {
		return true
	}
	for _, next := range onlyRequired(field.Target.Fields()) {
		if k.leadsHome(next) {
			return true
		}
	}
	return false
}

// patch is what of body can be changed.
func (k *trial) patch(body map[string]any) map[string]any {
	patch := map[string]any{}
	for _, field := range k.Fields {
		if value, there := body[field.Name]; there && !field.IsImmutable {
			patch[field.Name] = value
		}
	}
	return patch
}

// wantFields reports an object whose fields are not those of body; what was
// left out has the field's default, and null is not answered.
func (k *trial) wantFields(object, body map[string]any) {
	k.t.Helper()
	for _, field := range k.Fields {
		want, given := body[field.Name]
		if given {
			want = field.Answer(want)
		} else {
			want, _ = field.LeftOut()
		}
		if got := object[field.Name]; !k.same(got, want) {
			k.t.Errorf("%s: got %.200v, want %.200v", field.Name, got, want)
		}
	}
}

// wantStored reports an answer to a write that is not what is read afterwards.
func (k *trial) wantStored(answer Response) {
	k.t.Helper()
	stored := k.get(k.url("/" + answer.ID()))
	if got, want := string(stored.Body), string(answer.Body); got != want || stored.Header.Get("ETag") != answer.Header.Get("ETag") {
		k.t.Errorf("%s: answered %.500s but read %.500s", answer.what, want, got)
	}
}

// same compares values as JSON, in which neither the order of names nor the way
// to write a number matters.
func (k *trial) same(a, b any) bool {
	k.t.Helper()
	return k.canonical(a) == k.canonical(b)
}

func (k *trial) canonical(value any) string {
	k.t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		k.t.Fatal(err)
	}
	text, err = json.Marshal(exactNumbers(decode[any](k.t, text)))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}
