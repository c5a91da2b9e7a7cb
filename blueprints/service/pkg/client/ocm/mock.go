package ocm

import (
	"context"
	"fmt"
	"strings"
)

// anything stands for every username, action or resource type in a Mock.
const anything = "*"

// A Mock is a Reviewer that is a list of what is allowed, for development and
// tests. It allows nothing else.
type Mock []Review

// ParseMock reads rules of the form username:action:type. Each part may be *.
// The error names all rules that are none.
func ParseMock(rules []string) (Mock, error) {
	var mock Mock
	var wrong []string
	for _, rule := range rules {
		// From the right, since usernames may have colons in them.
		rest, resource, ok := cutLast(rule)
		username, action, ok2 := cutLast(rest)
		if !ok || !ok2 || username == "" || action == "" || resource == "" {
			wrong = append(wrong, fmt.Sprintf("%q", rule))
			continue
		}
		mock = append(mock, Review{username, action, resource})
	}
	if wrong != nil {
		return nil, fmt.Errorf("%s: want username:action:type, such as alice:get:Event or *:*:*", strings.Join(wrong, ", "))
	}
	return mock, nil
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// Allowed goes by the rules.
func (m Mock) Allowed(_ context.Context, review Review) (bool, error) {
	for _, rule := range m {
		if fits(rule.Username, review.Username) && fits(rule.Action, review.Action) && fits(rule.ResourceType, review.ResourceType) {
			return true, nil
		}
	}
	return false, nil
}

func fits(rule, value string) bool { return rule == anything || rule == value }
