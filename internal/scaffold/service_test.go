package scaffold

import (
	"errors"
	"strings"
	"testing"
)

func TestServiceSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, kebab, snake, env, flat string }{
		{"rh-birds", "rh-birds", "rh_birds", "RH_BIRDS", "rhbirds"},
		{"my_service", "my-service", "my_service", "MY_SERVICE", "myservice"},
		{"Inventory", "inventory", "inventory", "INVENTORY", "inventory"},
		{"orders2", "orders2", "orders2", "ORDERS2", "orders2"},
	} {
		s, err := NewService(c.in, "")
		if err != nil {
			t.Fatal(err)
		}
		n := s.Name
		if n.Kebab() != c.kebab || n.Snake() != c.snake || n.ScreamingSnake() != c.env || n.Flat() != c.flat || s.Module != c.kebab {
			t.Errorf("%s: got %s, %s, %s, %s in module %s", c.in, n.Kebab(), n.Snake(), n.ScreamingSnake(), n.Flat(), s.Module)
		}
		if n.Many() != n {
			t.Errorf("%s: a service has no plural, got %s", c.in, n.Many())
		}
	}
}

func TestServiceRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, module, want string }{
		{"", "", "empty"},
		{"../evil", "", "path"},
		{"vendor", "", "meaning of its own"},
		{"internal", "x.com/y", "meaning of its own"},
		{"testdata", "", "passes over"},
		{"Null", "", "no text"},
		{"std", "", "--module example.com/std"},
		{"fine", "all", "meaning of its own"},
		{"fine", "Not A Path", "--module"},
		{"fine", "/abs", "--module"},
		{"fine", "example.com/x/v1", "version"},
		{"fine", "example.com/../x", "--module"},
		{strings.Repeat("x", 64), "", "64 bytes"},
	} {
		_, err := NewService(c.name, c.module)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewService(%q, %q): got %v, want an InvalidError with %q", c.name, c.module, err, c.want)
		}
	}
	for _, module := range []string{"github.com/acme/birds", "example.com/x/v2", "birds", "gopkg.in/birds.v3"} {
		if s, err := NewService("birds", module); err != nil || s.Module != module {
			t.Errorf("module %s: got %v, %v", module, s, err)
		}
	}
}
