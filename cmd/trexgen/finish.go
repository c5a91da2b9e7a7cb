package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// options are the flags of every command that changes files.
type options struct {
	DryRun, Diff, Check, JSON bool
	Yes, NoInput, Quiet       bool
	Verify                    level
}

func (o *options) register(f *pflag.FlagSet) {
	f.BoolVar(&o.DryRun, "dry-run", false, "show what would be done and write nothing")
	f.BoolVar(&o.Diff, "diff", false, "print the changes as a unified diff and write nothing")
	f.BoolVar(&o.Check, "check", false, "write nothing; exit 4 if there is something to do")
	f.BoolVar(&o.JSON, "json", false, "print the changes as JSON on standard output")
	f.BoolVarP(&o.Yes, "yes", "y", false, "do not ask once more before writing")
	f.BoolVar(&o.NoInput, "no-input", false, "never ask anything")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "say nothing but errors")
	f.Var(&o.Verify, "verify", "check the result by `LEVEL`: parse, types, build or test (all but parse run the go command)")
}

// validate refuses flags that exclude each other.
func (o *options) validate() error {
	if o.JSON && o.Diff {
		return &usageError{problem: "--json and --diff both want standard output", hint: "give one of them"}
	}
	return nil
}

// writes says whether the command is to change anything at all.
func (o *options) writes() bool { return !o.DryRun && !o.Diff && !o.Check }

// job is a plan and the way to carry it out.
type job struct {
	Title string // what is made: "kind Widget (plural Widgets)"
	Plan  *plan.Plan
	Root  string // what the paths of the plan are relative to
	Fresh bool   // Root is new: it is made as a whole
	Asked bool   // some of it was asked for, so that nobody has seen the whole yet
	// After runs when everything is written; nil means nothing.
	After func(ctx context.Context) error
}

// finish is how every command ends that changes files: verify, show, ask, write, say what is next.
func (a *app) finish(ctx context.Context, o options, j job) error {
	if err := plan.Verify(ctx, j.Plan); err != nil {
		return err
	}
	if o.Verify >= levelTypes {
		if err := a.letGo(); err != nil {
			return err
		}
	}
	if err := a.tryOut(ctx, o.Verify, j); err != nil {
		return err
	}
	if a.reports(o, j) {
		a.report(j)
	}
	if !o.writes() {
		return a.preview(o, j.Plan)
	}
	if !j.Plan.Empty() {
		a.sayUnsaved(o, j)
		if err := a.carryOut(ctx, o, j); err != nil {
			return err
		}
	}
	if o.JSON {
		if err := a.printJSON(j.Plan); err != nil {
			return fmt.Errorf("everything is written, but: %w", err)
		}
	}
	if a.reports(o, j) {
		a.next(j)
	}
	return nil
}

// preview is the end of a command that writes nothing.
func (a *app) preview(o options, p *plan.Plan) error {
	switch {
	case o.JSON:
		if err := a.printJSON(p); err != nil {
			return err
		}
	case o.Diff:
		if _, err := io.WriteString(a.Out, plan.Diff(p)); err != nil {
			return fmt.Errorf("print the diff: %w", err)
		}
	}
	if o.Check && !p.Empty() {
		return errFound
	}
	return nil
}

func (a *app) printJSON(p *plan.Plan) error {
	data, err := plan.JSON(p)
	if err != nil {
		return err
	}
	if _, err := a.Out.Write(data); err != nil {
		return fmt.Errorf("print the plan: %w", err)
	}
	return nil
}

func (a *app) carryOut(ctx context.Context, o options, j job) error {
	if j.Asked && !o.Yes {
		if err := a.letGo(); err != nil {
			return err
		}
		yes, err := a.confirm(ctx, "Write these changes?")
		if err != nil {
			return err
		}
		if !yes {
			return errCancelled
		}
	}
	if err := a.write(ctx, j); err != nil {
		return err
	}
	if j.After != nil {
		if err := j.After(ctx); err != nil {
			return fmt.Errorf("everything is written, but: %w", err)
		}
	}
	if o.Verify == levelTest {
		if err := goCommand(ctx, j.Root, "test", "./..."); err != nil {
			return errors.Join(errors.New("everything is written, but its tests do not pass"), err)
		}
	}
	return nil
}

// reports says whether people are told what a program is not told on standard output already.
func (a *app) reports(o options, j job) bool {
	data := o.Diff || o.JSON && (o.Yes || !j.Asked)
	return !o.Quiet && !data
}

// asks says whether somebody may be asked something.
func (a *app) asks(o options) bool { return a.Interactive && !o.NoInput }
