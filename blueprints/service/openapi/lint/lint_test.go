// Package lint_test keeps the OpenAPI document to the rules of a strict linter. It
// is a package of its own since the linter takes long to compile.
package lint_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/speakeasy-api/openapi/linter"
	"github.com/speakeasy-api/openapi/openapi"
	strict "github.com/speakeasy-api/openapi/openapi/linter"

	spec "github.com/trexgen/trexgen/blueprints/service/openapi"
)

// exempt are the rules of the linter that the document does not keep, with the
// reason. Delete a line to keep its rule.
var exempt = map[string]string{
	"owasp-string-limit":               "a text without a limit is limited by that of the whole body",
	"owasp-string-restricted":          "free text is free",
	"owasp-array-limit":                "a list without a limit is limited by that of the whole body",
	"owasp-integer-limit":              "the format is the limit",
	"owasp-define-error-responses-401": "there is one where a token is asked for; the rule wants it everywhere",
	"owasp-security-hosts-https-oas3":  "the document is served by the host that it is about, whatever that is called",
	"style-oas3-host-trailing-slash":   "the same",
	"style-paths-kebab-case":           "paths have the names of the kinds, with an underscore between words",
	"style-no-verbs-in-path":           "a service or a kind may be called owl-post",
	"style-info-contact":               "yours to add to openapi.yaml",
	"style-info-license":               "yours to add to openapi.yaml",
	"semantic-unused-component":        "EventMessage is what the texts of a stream hold, which OpenAPI cannot say",
	"oas3-example-missing":             "a part of what has an example needs none",
}

// TestDocumentIsLinted runs all rules of a strict linter but the exempt ones.
func TestDocumentIsLinted(t *testing.T) {
	t.Parallel()
	document, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range lint(t, document.JSON) {
		t.Error(problem)
	}
	// A linter that finds nothing anywhere is of no use.
	broken := bytes.Replace(document.JSON, []byte(`"operationId":"listEvents"`), []byte(`"operationId":"list Events"`), 1)
	if problems := strings.Join(lint(t, broken), "\n"); !strings.Contains(problems, "semantic-operation-id-valid-in-url") {
		t.Errorf("an operation id with a blank: got %q", problems)
	}
}

// lint returns what the linter finds, worst first.
func lint(t *testing.T, document []byte) []string {
	t.Helper()
	parsed, invalid, err := openapi.Unmarshal(t.Context(), bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	config := linter.NewConfig()
	for rule := range exempt {
		off := true
		config.Rules = append(config.Rules, linter.RuleEntry{ID: rule, Disabled: &off})
	}
	l, err := strict.NewLinter(config)
	if err != nil {
		t.Fatal(err)
	}
	found, err := l.Lint(t.Context(), linter.NewDocumentInfo(parsed, "openapi.json"), invalid, nil)
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	for _, problem := range found.Results {
		problems = append(problems, problem.Error())
	}
	return problems
}
