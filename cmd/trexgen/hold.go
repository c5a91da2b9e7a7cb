package main

import (
	"context"
	"errors"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// hold keeps other runs out of the project from before it is read until it is written, so that two at once come one
// after the other instead of the second finding that its plan is stale. It puts in order what a run left that was cut
// off.
func (a *app) hold(ctx context.Context, root string, o options) error {
	held, err := plan.Take(ctx, root, plan.Patience)
	if err != nil {
		return err
	}
	a.held = held
	recovered, err := held.Recover()
	if err == nil && recovered {
		a.sayRecovered(o)
	}
	return err
}

// letGo ends what hold began, if it did: when everything is written, and before anything that takes as long as people
// or compilers do. What is written after that has a look first whether the files are still what was read.
func (a *app) letGo() error {
	if a.held == nil {
		return nil
	}
	held := a.held
	a.held = nil
	return held.Release()
}

func (a *app) sayRecovered(o options) {
	if !o.Quiet {
		a.sayf("an earlier run was cut off here; what it left is in order again")
	}
}

// write carries out the plan.
func (a *app) write(ctx context.Context, j job) error {
	switch {
	case j.Fresh:
		return plan.CreateTree(ctx, j.Root, j.Plan)
	case a.held == nil:
		return plan.Apply(ctx, j.Root, j.Plan)
	}
	return errors.Join(a.held.Apply(ctx, j.Plan), a.letGo())
}

// refuseHalf is for commands that only look: they cannot put in order what a run left that was cut off.
func refuseHalf(root string) error {
	pending, err := plan.Pending(root)
	if err != nil || !pending {
		return err
	}
	return &blockedError{
		errors.New("an earlier run was cut off here and left files half changed"),
		"run the command without --dry-run, --diff and --check: that puts them back first",
	}
}
