package spec

// errorResponses says which errors an operation may answer with: the status and the
// name of the response among the components. An operation that describes a
// status itself keeps that.
var errorResponses = []struct {
	status, response string
	applies          func(operation) bool
}{
	{"400", "BadRequest", func(operation) bool { return true }},
	{"401", "Unauthenticated", operation.needsToken},
	{"403", "Forbidden", operation.needsToken},
	{"404", "NotFound", operation.isOfOne},
	{"409", "Conflict", operation.changes},
	{"412", "PreconditionFailed", takes("If-Match")},
	{"413", "TooLarge", operation.hasBody},
	{"415", "UnsupportedMediaType", operation.hasBody},
	{"422", "IdempotencyKeyReused", takes("Idempotency-Key")},
	{"429", "TooManyRequests", func(operation) bool { return true }},
	{"500", "Unexpected", func(operation) bool { return true }},
	{"503", "Unavailable", operation.needsToken},
}

// addErrors adds the errors of the operation that components describe.
func addErrors(o operation, components object) {
	described, _ := components["responses"].(object)
	responses := o.responses()
	for _, row := range errorResponses {
		_, own := responses[row.status]
		if own || described[row.response] == nil || !row.applies(o) {
			continue
		}
		responses[row.status] = reference("responses", row.response)
	}
}

func reference(section, name string) object {
	return object{"$ref": "#/components/" + section + "/" + name}
}

// everywhere are the headers that any answer may have, with the names of their
// descriptions among the components.
var everywhere = map[string]string{
	"X-Operation-Id":      "OperationID",
	"RateLimit-Limit":     "RateLimitLimit",
	"RateLimit-Remaining": "RateLimitRemaining",
	"RateLimit-Reset":     "RateLimitReset",
}

// addHeaders adds the headers that all answers have.
func addHeaders(operations []operation, components object) {
	described, _ := components["headers"].(object)
	add := func(responses object) {
		for _, response := range responses {
			response, _ := response.(object)
			if response["$ref"] != nil {
				continue
			}
			headers, ok := response["headers"].(object)
			if !ok {
				headers = object{}
			}
			for name, component := range everywhere {
				if _, own := headers[name]; !own && described[component] != nil {
					headers[name] = reference("headers", component)
				}
			}
			if len(headers) > 0 {
				response["headers"] = headers
			}
		}
	}
	shared, _ := components["responses"].(object)
	add(shared)
	for _, operation := range operations {
		add(operation.responses())
	}
}
