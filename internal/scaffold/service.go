package scaffold

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// A Service is the project that kinds live in.
type Service struct {
	Name   Name
	Module string // path of its Go module
	// Clients are the keys of its optional clients, as ParseClients returns them.
	Clients []string
}

// maxService is the longest label in DNS, which deployments make of the name.
const maxService = 63

// NewService returns the service of the given name (rh-birds, my_service,
// Inventory, orders2). Its module is its name in kebab case unless a path is
// given. An error is an *InvalidError with all that is wrong.
func NewService(name, modulePath string) (Service, error) {
	var p problems
	n, err := ParseName(name, "")
	if err = p.merge(err); err != nil {
		return Service{}, err
	}
	n.many = n.one // nothing speaks of several services
	if len(p) == 0 {
		p.checkServiceName(n)
		if modulePath == "" {
			modulePath = n.Kebab()
		}
	}
	if modulePath != "" {
		p.checkModule(modulePath)
	}
	if err := p.invalid(); err != nil {
		return Service{}, err
	}
	return Service{Name: n, Module: modulePath}, nil
}

func (p *problems) checkServiceName(n Name) {
	name := n.Kebab()
	if reason := folderReason(name); reason != "" {
		p.addf("service %s: its program would live in cmd/%s, which %s: call it %s-service", name, name, reason, name)
	}
	if yamlWords[name] {
		p.addf("service %s: in YAML, which it would stand in, %s is no text: call it %s-service", name, name, name)
	}
	if len(name) > maxService {
		p.addf("service %s: its name has %d bytes, host names take %d: call it %s", name, len(name), maxService,
			strings.ToLower(strings.Join(shortened(strings.Split(n.one, "_")), "-")))
	}
}

// goPatterns are words that the go command takes for sets of packages.
var goPatterns = []string{"all", "cmd", "std", "tool", "work"}

// checkModule reports paths that go mod init would refuse, and those that build
// only until somebody imports the module.
func (p *problems) checkModule(path string) {
	if slices.Contains(goPatterns, path) || folderReason(path) != "" {
		p.addf("module %q has a meaning of its own to the go command: give --module example.com/%s", path, path)
		return
	}
	if err := module.CheckImportPath(path); err != nil {
		var invalid *module.InvalidPathError
		if errors.As(err, &invalid) {
			err = invalid.Err
		}
		p.addf("module %q: %v: give --module a path such as example.com/team/service", path, err)
		return
	}
	if _, _, ok := module.SplitPathVersion(path); !ok {
		p.addf("module %q ends in a version that no module has: leave it out", path)
	}
}
