package webhooks

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.yaml.in/yaml/v4"

	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
)

// ParseEndpoints reads endpoints from YAML or JSON:
//
//   - name: billing              # a-z, 0-9, - and _; keep it: open deliveries are kept under it
//     url: https://billing.example.com/hooks
//     secret: whsec_…            # or a list of them, while they are rotated
//     events: ["*.*"]            # <source>.<event type>, the default is all
//     timeout: 10s               # the default
//     headers: {Authorization: Bearer …}
//     allow_private: false       # the default
//
// With allowPrivate all endpoints may have private addresses. The error lists
// all problems, each with the endpoint and the key, and shows no values: any of
// them may be a secret that stands in the wrong place.
func ParseEndpoints(text string, allowPrivate bool) ([]Endpoint, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return nil, syntaxError(err)
	}
	if document.Kind == 0 { // empty, or comments only
		return nil, nil
	}
	list := resolve(document.Content[0])
	if list.Kind != yaml.SequenceNode {
		return nil, errors.New("is no list of endpoints: each begins with `- name: …`")
	}
	p := &parser{names: map[string]bool{}, allowPrivate: allowPrivate}
	for i, item := range list.Content {
		p.endpoint(i, resolve(item))
	}
	return p.endpoints, errors.Join(p.problems...)
}

// syntaxError is err without the text that it may quote.
func syntaxError(err error) error {
	if load := (*yaml.LoadError)(nil); errors.As(err, &load) && load.Mark.Line > 0 {
		return fmt.Errorf("line %d: is no valid YAML", load.Mark.Line)
	}
	return errors.New("is no valid YAML")
}

// resolve follows an alias.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

type parser struct {
	endpoints    []Endpoint
	problems     []error
	names        map[string]bool
	allowPrivate bool

	at string // the endpoint at hand, for errors
}

// problem adds what is wrong with a key of the endpoint at hand.
func (p *parser) problem(key string, err error) {
	if err != nil {
		p.problems = append(p.problems, fmt.Errorf("%s: %s %w", p.at, key, err))
	}
}

// endpoint reads one. The order of its keys does not matter.
func (p *parser) endpoint(i int, item *yaml.Node) {
	p.at = fmt.Sprintf("endpoint %d (line %d)", i+1, item.Line)
	if item.Kind != yaml.MappingNode {
		p.problems = append(p.problems, fmt.Errorf("%s is no mapping of keys such as name and url", p.at))
		return
	}
	kept := &hidden{}
	e := Endpoint{Timeout: DefaultTimeout, hidden: func() *hidden { return kept }}
	p.name(&e, valueOf(item, "name"), item.Line) // first: other errors tell it
	values := p.values(item)
	if n := values["allow_private"]; n != nil {
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&e.AllowPrivate) != nil {
			p.problem("allow_private", errors.New("is neither true nor false"))
		}
	}
	e.AllowPrivate = e.AllowPrivate || p.allowPrivate
	kept.url = p.url(values["url"], e.AllowPrivate)
	kept.signers = p.signers(values["secret"])
	kept.headers = p.headers(values["headers"])
	e.Events = p.events(values["events"])
	if n := values["timeout"]; n != nil {
		timeout, err := parseTimeout(n.Value)
		p.problem("timeout", err)
		e.Timeout = timeout
	}
	p.endpoints = append(p.endpoints, e)
}

// keys are all that an endpoint can have.
var keys = map[string]bool{
	"name": true, "url": true, "secret": true, "events": true, "timeout": true, "headers": true, "allow_private": true,
}

// keyLike is a text that may be shown as a key: a misspelt one rather than a
// secret in its place.
var keyLike = regexp.MustCompile(`^[a-z_-]{1,20}$`)

// values returns the values of an endpoint's keys.
func (p *parser) values(item *yaml.Node) map[string]*yaml.Node {
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(item.Content); i += 2 {
		key, value := item.Content[i], resolve(item.Content[i+1])
		shown := fmt.Sprintf("the key in line %d", key.Line)
		if keyLike.MatchString(key.Value) {
			shown = key.Value
		}
		switch {
		case !keys[key.Value]:
			p.problem(shown, errors.New("is unknown; there are name, url, secret, events, timeout, headers and allow_private"))
		case values[key.Value] != nil:
			p.problem(shown, errors.New("is there twice"))
		default:
			values[key.Value] = value
		}
	}
	return values
}

// valueOf returns the value of a key, nil if there is none.
func valueOf(item *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(item.Content); i += 2 {
		if item.Content[i].Value == key {
			return resolve(item.Content[i+1])
		}
	}
	return nil
}

func (p *parser) name(e *Endpoint, n *yaml.Node, line int) {
	switch {
	case n == nil:
		p.problem("name", errors.New("is missing"))
	case n.Kind != yaml.ScalarNode || !endpointName.MatchString(n.Value):
		p.problem("name", errors.New("is no name: up to 63 of a-z, 0-9, - and _"))
	default:
		e.Name = n.Value
		p.at = fmt.Sprintf("endpoint %s (line %d)", n.Value, line)
		if p.names[n.Value] {
			p.problem("name", errors.New("is that of another one too"))
		}
		p.names[n.Value] = true
	}
}

func (p *parser) url(n *yaml.Node, allowPrivate bool) *url.URL {
	if n == nil {
		p.problem("url", errors.New("is missing"))
		return nil
	}
	u, err := parseURL(n.Value, allowPrivate)
	p.problem("url", err)
	return u
}

func (p *parser) signers(n *yaml.Node) (signers []*standardwebhooks.Webhook) {
	secrets, ok := texts(n, true)
	if !ok || len(secrets) == 0 {
		p.problem("secret", errors.New("is neither a secret nor a list of them; `openssl rand -base64 32` makes one"))
	}
	for i, secret := range secrets {
		key := "secret"
		if len(secrets) > 1 {
			key = fmt.Sprintf("secret %d", i+1)
		}
		signer, err := newSigner(secret)
		p.problem(key, err)
		signers = append(signers, signer)
	}
	return signers
}

func (p *parser) events(n *yaml.Node) sinks.Patterns {
	wanted, ok := []string{"*.*"}, true
	if n != nil {
		wanted, ok = texts(n, false)
	}
	if !ok || len(wanted) == 0 {
		p.problem("events", errors.New("is no list of patterns such as [\"*.*\"]"))
		return nil
	}
	patterns, err := sinks.ParsePatterns(wanted)
	if err != nil {
		p.problem("events", errors.New("has a pattern that is none: each is <source>.<event type>, such as *.Create, Owls.* or *.*"))
	}
	return patterns
}

func (p *parser) headers(n *yaml.Node) http.Header {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		p.problem("headers", errors.New("is no mapping of names to values"))
		return nil
	}
	headers := http.Header{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i].Value, resolve(n.Content[i+1])
		err := checkHeader(name, value.Value)
		switch {
		case err == nil && value.Kind != yaml.ScalarNode:
			err = errors.New("has a value that is no text")
		case err == nil && headers.Values(name) != nil:
			err = errors.New("has a name twice")
		}
		p.problem("headers", err)
		if err == nil {
			headers.Set(name, value.Value)
		}
	}
	return headers
}

// texts returns the texts of a list, or of a single one if that may be.
func texts(n *yaml.Node, single bool) ([]string, bool) {
	switch {
	case n == nil:
		return nil, false
	case single && n.Kind == yaml.ScalarNode:
		return []string{n.Value}, true
	case n.Kind != yaml.SequenceNode:
		return nil, false
	}
	var all []string
	for _, item := range n.Content {
		item = resolve(item)
		if item.Kind != yaml.ScalarNode {
			return nil, false
		}
		all = append(all, item.Value)
	}
	return all, true
}
