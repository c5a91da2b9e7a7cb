// Package environments builds what a running service consists of, once, from
// the configuration: the database, authentication, clients of other services
// and, with a typed locator each, the services. Env is passed down to whoever
// needs it. There are no globals and no registry: what is missing here does
// not compile there.
package environments
