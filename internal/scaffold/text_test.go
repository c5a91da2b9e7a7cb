package scaffold

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The exemplar's text files are made by hand; the templates have to say the same.
func TestTemplatesRenderTheExemplar(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for _, text := range textFiles {
		got, err := renderText(text.template, b.Service, b.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(readFile(t, b.FS, text.file)), string(got)); diff != "" {
			t.Errorf("%s (-blueprint +rendered):\n%s", text.file, diff)
		}
	}
}

func TestTemplatesQuoteWhatYAMLWouldNotTakeForText(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	kind := mustKind(t, "Null on:bool:required,null:string,y:int,true:bool:required", "", "1")
	src, err := renderText(templateFor("openapi/openapi.fossil_entries.yaml"), b.Service, kind)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas struct {
				Null struct {
					AllOf []any `yaml:"allOf"`
				} `yaml:"Null"`
				NullCreateRequest struct {
					Required   []string
					Properties map[string]any
				} `yaml:"NullCreateRequest"`
			}
		}
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if len(doc.Components.Schemas.Null.AllOf) == 0 {
		t.Errorf("no schema Null in\n%s", src)
	}
	request := doc.Components.Schemas.NullCreateRequest
	if diff := cmp.Diff([]string{"on", "true"}, request.Required); diff != "" {
		t.Error(diff)
	}
	for _, f := range kind.Fields {
		if request.Properties[f.Column()] == nil {
			t.Errorf("no property %s in\n%s", f.Column(), src)
		}
	}
}
