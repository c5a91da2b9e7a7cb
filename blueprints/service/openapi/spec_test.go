package spec

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	document, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(document.JSON), root) {
		t.Error("a reference to another file is left")
	}
	if _, err := document.Schema("Error"); err != nil {
		t.Error(err)
	}
	if _, err := document.Schema("Nothing"); err == nil {
		t.Error("a schema was found that does not exist")
	}
}

const shared = `
openapi: 3.0.3
info: {title: test, version: v1}
paths: {}
components:
  schemas:
    Shared: {type: object}
`

func part(path, schema string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(`
openapi: 3.0.3
info: {title: part, version: v1}
tags: [{name: ` + schema + `}]
paths:
  ` + path + `:
    get:
      operationId: get` + schema + `
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {$ref: '#/components/schemas/` + schema + `'}}}
components:
  schemas:
    ` + schema + `: {allOf: [{$ref: 'openapi.yaml#/components/schemas/Shared'}]}
`)}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	document, err := load(fstest.MapFS{
		root:             {Data: []byte(shared)},
		"openapi.a.yaml": part("/b", "b"),
		"openapi.b.yaml": part("/a", "A"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Info       struct{ Title string }
		Tags       []struct{ Name string }
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(document.JSON, &got); err != nil {
		t.Fatal(err)
	}
	if got.Tags[0].Name != "A" || got.Tags[1].Name != "b" {
		t.Errorf("got the tags %v, want them in the order of the alphabet", got.Tags)
	}
	if got.Info.Title != "test" || len(got.Tags) != 2 || len(got.Paths) != 2 || len(got.Components.Schemas) != 3 {
		t.Errorf("got %s", document.JSON)
	}
}

func TestWhatClientsGet(t *testing.T) {
	t.Parallel()
	document, err := load(fstest.MapFS{root: {Data: []byte(shared + `
    Kind:
      type: object
      properties:
        price: {type: string, format: decimal, x-minimum: '0.5', x-go-type: decimal.Decimal}
        prices: {type: array, items: {type: string, format: decimal, x-go-type: decimal.Decimal}}
        color: {type: string, enum: [red], nullable: true, x-go-type: api.KindColor}
        shade: {type: string, enum: [red]}
        format: {type: object, x-go-type: json.RawMessage, default: {format: decimal, x-go-type: kept}}
    Kinds:
      allOf: [{type: object, properties: {items: {type: string, x-go-type: x}}}]
`)}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(document.JSON, &got); err != nil {
		t.Fatal(err)
	}
	for _, schema := range got.Components.Schemas {
		delete(schema, "example") // see TestExamples
	}
	pattern := strings.ReplaceAll(decimalPattern, `\`, `\\`)
	want := `{"Kind":{"properties":{` +
		`"color":{"enum":["red",null],"nullable":true,"type":"string"},` +
		`"format":{"default":{"format":"decimal","x-go-type":"kept"},"type":"object"},` +
		`"price":{"format":"decimal","pattern":"` + pattern + `","type":"string","x-minimum":"0.5"},` +
		`"prices":{"items":{"format":"decimal","pattern":"` + pattern + `","type":"string"},"type":"array"},` +
		`"shade":{"enum":["red"],"type":"string"}},"type":"object"},` +
		`"Kinds":{"allOf":[{"properties":{"items":{"type":"string"}},"type":"object"}]},"Shared":{"type":"object"}}`
	if schemas, err := json.Marshal(got.Components.Schemas); err != nil || string(schemas) != want {
		t.Errorf("got  %s, %v\nwant %s", schemas, err, want)
	}
	kind, err := document.Schema("Kind")
	if err != nil {
		t.Fatal(err)
	}
	if price := kind.Properties["price"].Value; price.Extensions["x-minimum"] != "0.5" || price.Pattern != "" {
		t.Errorf("the service itself checks price by %+v", price)
	}
}

func TestMergeRefusesDuplicates(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]*fstest.MapFile{
		"path":   part("/a", "B"),
		"schema": part("/b", "A"),
		"shared": part("/b", "Shared"),
	} {
		_, err := load(fstest.MapFS{root: {Data: []byte(shared)}, "openapi.a.yaml": part("/a", "A"), "openapi.b.yaml": second})
		if err == nil || !strings.Contains(err.Error(), "openapi.b.yaml") || !strings.Contains(err.Error(), "another file") {
			t.Errorf("%s twice: got %v, want an error that names openapi.b.yaml", name, err)
		}
	}
}
