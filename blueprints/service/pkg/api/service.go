package api

// ServiceName is the name of the service in paths, error codes and logs.
const ServiceName = "bone-vault"

// BasePath is the path under which all of the API stands, and V1Path that of
// its first version.
const (
	BasePath = "/api/" + ServiceName
	V1Path   = BasePath + "/v1"
)
