package config

import "github.com/spf13/pflag"

// AuthorizerPolicy is the name of the table of package policy for --authorizer.
const AuthorizerPolicy = "policy"

// Authorization is the configuration of who may do what.
type Authorization struct {
	// Authorizer names what decides; the environment knows which there are.
	Authorizer string
}

func (a *Authorization) bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.Authorizer, "authorizer", AuthorizerPolicy, "what decides who may do what: policy is the table of this service")
}
