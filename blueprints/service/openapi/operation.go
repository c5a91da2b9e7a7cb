package spec

import (
	"maps"
	"slices"
	"strings"
)

// methods are those that a path of OpenAPI has operations for.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// operation is one method of one path of the document.
type operation struct {
	path, method string
	node         object

	// parameters are the names of its parameters, and of those of its path.
	parameters []string

	// public tells whether no token is asked for.
	public bool
}

// operationsOf returns the operations of a document, by their paths.
func operationsOf(document object) []operation {
	var found []operation
	paths, _ := document["paths"].(object)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item, _ := paths[path].(object)
		for _, method := range methods {
			node, ok := item[method].(object)
			if !ok {
				continue
			}
			security, said := node["security"].([]any)
			if !said {
				security, _ = document["security"].([]any)
			}
			found = append(found, operation{
				path: path, method: method, node: node, public: len(security) == 0,
				parameters: slices.Concat(parameterNames(document, item), parameterNames(document, node)),
			})
		}
	}
	return found
}

func parameterNames(document, of object) []string {
	var names []string
	parameters, _ := of["parameters"].([]any)
	for _, parameter := range parameters {
		parameter, _ := parameter.(object)
		if resolved := resolve(document, parameter); resolved != nil {
			name, _ := resolved["name"].(string)
			names = append(names, name)
		}
	}
	return names
}

// resolve returns what node refers to in the document, or node itself if it
// refers to nothing.
func resolve(document, node object) object {
	ref, ok := node["$ref"].(string)
	if !ok {
		return node
	}
	found := document
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		found, _ = found[name].(object)
	}
	return found
}

// takes returns what tells whether an operation has the parameter.
func takes(parameter string) func(operation) bool {
	return func(o operation) bool { return slices.Contains(o.parameters, parameter) }
}

func (o operation) needsToken() bool { return !o.public }

// isOfOne tells whether the operation is about what a parameter of the path
// says, which may not exist.
func (o operation) isOfOne() bool { return strings.HasSuffix(o.path, "}") }

func (o operation) hasBody() bool { return o.node["requestBody"] != nil }

func (o operation) changes() bool { return o.method != "get" && o.method != "head" }

func (o operation) responses() object {
	responses, _ := o.node["responses"].(object)
	return responses
}
