package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// full is up to how many changes a report names every file. A new service has more; its report names directories.
const full = 40

// report shows the plan as a tree.
func (a *app) report(j job) {
	a.sayf("%s", a.bold(j.Title))
	if j.Plan.Empty() {
		a.sayf("  nothing to do")
		return
	}
	counts := map[plan.Action]int{}
	root := &node{}
	for _, c := range j.Plan.Changes {
		counts[c.Action()]++
		root.add(strings.Split(c.Path, "/"), c)
	}
	depth := -1
	if len(j.Plan.Changes) > full {
		depth = 2
	}
	a.tree(root, "  ", depth)
	a.sayf("")
	var totals []string
	for _, k := range []plan.Action{plan.Create, plan.Modify, plan.Delete} {
		if n := counts[k]; n > 0 {
			totals = append(totals, fmt.Sprintf("%d to %s", n, k))
		}
	}
	a.sayf("%s", strings.Join(totals, ", "))
}

// node is a directory, or a file when it has a change.
type node struct {
	children map[string]*node
	change   *plan.Change
	files    int
}

func (n *node) add(path []string, c plan.Change) {
	if len(path) == 0 {
		n.change = &c
		return
	}
	n.files++
	if n.children == nil {
		n.children = map[string]*node{}
	}
	if n.children[path[0]] == nil {
		n.children[path[0]] = &node{}
	}
	n.children[path[0]].add(path[1:], c)
}

// tree prints what is in a directory, down to the given depth; below that it counts. A negative depth has no end.
func (a *app) tree(n *node, indent string, depth int) {
	names := slices.Sorted(maps.Keys(n.children))
	width := 0
	for _, name := range names {
		if n.children[name].change != nil {
			width = max(width, len(name))
		}
	}
	for _, name := range names {
		child := n.children[name]
		if c := child.change; c != nil {
			line := fmt.Sprintf("%s%s %-*s  %s", indent, a.mark(c.Action()), width, name, a.dim(c.Why))
			a.sayf("%s", strings.TrimRight(line, " "))
			continue
		}
		if depth == 1 {
			a.sayf("%s  %s/ %s", indent, name, a.dim(fmt.Sprintf("(%d)", child.files)))
			continue
		}
		// One directory in another and nothing else is one line: cmd/birds/server/
		for len(child.children) == 1 && depth < 0 {
			only := slices.Collect(maps.Keys(child.children))[0]
			if child.children[only].change != nil {
				break
			}
			name, child = name+"/"+only, child.children[only]
		}
		a.sayf("%s  %s/", indent, name)
		a.tree(child, indent+"  ", depth-1)
	}
}

func (a *app) mark(action plan.Action) string {
	switch action {
	case plan.Create:
		return a.paint("32", "+")
	case plan.Modify:
		return a.paint("33", "~")
	default:
		return a.paint("31", "-")
	}
}

// next tells what to run now.
func (a *app) next(j job) {
	if len(j.Plan.Next) == 0 {
		return
	}
	a.sayf("\n%s", a.bold("Next:"))
	for _, step := range j.Plan.Next {
		a.sayf("  %s", step) // as it is: a line break may be part of a name
	}
}

func (a *app) bold(s string) string { return a.paint("1", s) }
func (a *app) dim(s string) string  { return a.paint("2", s) }

// paint wraps s in an escape sequence where there are colours.
func (a *app) paint(code, s string) string {
	if !a.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
