package spec

import "maps"

// jsonContent returns the schema of a response's or a request's JSON, or nil.
func jsonContent(node object) object {
	content, _ := node["content"].(object)
	media, _ := content["application/json"].(object)
	schema, _ := media["schema"].(object)
	return schema
}

// allowPart says that the items of a list have only some fields where the
// parameter fields asks for these. It is said in a schema beside that of the
// whole object, with a name that no kind can have:
//
//	items: {$ref: …/Apple} ⇒ items: {anyOf: [{$ref: …/Apple}, {$ref: …/Apple.part}]}
func allowPart(o operation, schemas object) {
	if !takes("fields")(o) {
		return
	}
	success, _ := o.responses()["200"].(object)
	whole := properties(jsonContent(success), schemas)
	list, _ := whole["items"].(object)
	item, _ := list["items"].(object)
	name, ok := refName(item)
	if !ok {
		return
	}
	part := name + ".part"
	schemas[part] = object{
		"type":        "object",
		"description": "The fields of an object that a request asks for with `fields`, and its id.",
		"required":    []any{"id"},
		"example":     object{"id": exampleID},
		"properties":  properties(item, schemas),
	}
	list["items"] = object{"anyOf": []any{item, reference("schemas", part)}}
}

// properties returns the properties of a schema and of all that it is made of.
func properties(schema, schemas object) object {
	found := object{}
	if name, ok := refName(schema); ok {
		target, _ := schemas[name].(object)
		return properties(target, schemas)
	}
	parts, _ := schema["allOf"].([]any)
	for _, part := range parts {
		part, _ := part.(object)
		maps.Copy(found, properties(part, schemas))
	}
	own, _ := schema["properties"].(object)
	maps.Copy(found, own)
	return found
}
