package attack

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// resource is a collection of objects, as the document has it.
type resource struct {
	path string // of the collection

	list          *openapi3.Operation
	create, patch *openapi3.Schema // nil if there is no such operation

	// fields are those of an object.
	fields map[string]*openapi3.Schema
}

// objectSuffix ends the paths of objects.
const objectSuffix = "/{id}"

// findResources returns the collections of the document, sorted by path.
func findResources(t testing.TB, doc *openapi3.T) []resource {
	t.Helper()
	var found []resource
	for _, path := range doc.Paths.InMatchingOrder() {
		item, object := doc.Paths.Value(path), doc.Paths.Value(path+objectSuffix)
		if object == nil || item.Get == nil {
			continue
		}
		r := resource{
			path: path, list: item.Get, fields: itemFields(item.Get),
			create: requestSchema(item.Post), patch: requestSchema(object.Patch),
		}
		if r.fields["id"] == nil {
			t.Fatalf("%s: the document has no fields of its objects", path)
		}
		found = append(found, r)
	}
	if len(found) == 0 {
		t.Fatal("the document has no collections")
	}
	slices.SortFunc(found, func(a, b resource) int { return strings.Compare(a.path, b.path) })
	return found
}

// requestSchema is the schema of the bodies of op, or nil.
func requestSchema(op *openapi3.Operation) *openapi3.Schema {
	if op == nil || op.RequestBody == nil {
		return nil
	}
	for _, mediaType := range []string{"application/json", "application/merge-patch+json"} {
		if content := op.RequestBody.Value.Content[mediaType]; content != nil {
			return content.Schema.Value
		}
	}
	return nil
}

// itemFields are the fields of the items of a list.
func itemFields(list *openapi3.Operation) map[string]*openapi3.Schema {
	page := properties(list.Responses.Status(http.StatusOK).Value.Content["application/json"].Schema.Value)
	if items := page["items"]; items != nil {
		return properties(items.Items.Value)
	}
	return nil
}

// properties are those of schema and of all that it is made of.
func properties(schema *openapi3.Schema) map[string]*openapi3.Schema {
	all := map[string]*openapi3.Schema{}
	for _, part := range slices.Concat(schema.AllOf, schema.AnyOf, schema.OneOf) {
		maps.Copy(all, properties(part.Value))
	}
	for name, property := range schema.Properties {
		all[name] = property.Value
	}
	return all
}

// texts are the names of the fields that hold any text, sorted.
func (r resource) texts() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(r.fields)) {
		if f := r.fields[name]; f.Type.Is(openapi3.TypeString) && f.Format == "" && f.Enum == nil && name != "kind" && name != "href" {
			names = append(names, name)
		}
	}
	return names
}

// seed makes two objects of each kind that takes any, and returns the path of
// the first by that of the collection. What a field has to refer to is looked for
// among the objects made before. A kind of which no object can be made, since
// rules of its own ask for more than the document says, has none.
func (a *target) seed(t testing.TB) map[string]string {
	t.Helper()
	made := map[string]string{}
	for again := true; again; {
		again = false
		for _, r := range a.resources {
			if r.create == nil || made[r.path] != "" {
				continue
			}
			if path := a.makeObject(t, r, 1, slices.Sorted(maps.Values(made))); path != "" {
				made[r.path], again = path, true
				a.makeObject(t, r, 2, slices.Sorted(maps.Values(made)))
			}
		}
	}
	for _, r := range a.resources {
		if r.create != nil && made[r.path] == "" {
			t.Logf("no object of %s could be made", r.path)
		}
	}
	return made
}

// dangling is the answer to a reference to nothing.
var dangling = regexp.MustCompile(`^(\w+): there is no object with this id`)

// makeObject stores the n-th object of r and returns its path, or nothing. Fields that refer
// to others are tried with each of the objects.
func (a *target) makeObject(t testing.TB, r resource, n uint64, objects []string) string {
	t.Helper()
	body := sampler{newRand(1, n), nil}.required(r.create)
	tried := map[string]int{}
	for {
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		got := a.fire(t, shot{http.MethodPost, r.path, jsonHeader(), data})
		if got.status == http.StatusCreated {
			return got.header.Get("Location")
		}
		field := dangling.FindStringSubmatch(got.reason())
		if field == nil || tried[field[1]] == len(objects) {
			return ""
		}
		body[field[1]] = lastSegment(objects[tried[field[1]]])
		tried[field[1]]++
	}
}

// reason is what an error says.
func (r answer) reason() string {
	var body struct{ Reason string }
	if err := json.Unmarshal(r.body, &body); err != nil {
		return fmt.Sprintf("%.200s", r.body)
	}
	return body.Reason
}

// splitPath splits the path of an object into that of the collection and the id.
func splitPath(path string) (collection, id string) {
	at := strings.LastIndex(path, "/")
	return path[:max(at, 0)], path[at+1:]
}

func lastSegment(path string) string {
	_, id := splitPath(path)
	return id
}

// objectPath is the path of an object of r to aim at: one that is there, or else
// one that is not.
func (r resource) objectPath(made map[string]string) string {
	if path := made[r.path]; path != "" {
		return path
	}
	return r.path + "/00000000-0000-7000-8000-000000000000"
}
