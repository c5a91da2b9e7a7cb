package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
)

// question asks for one line.
type question struct {
	Title string
	// Hint says what may be answered; it is asked again whenever an answer changes.
	Hint func() string
	// Answer holds the answer, and before that what is taken for one.
	Answer *string
	// Check refuses an answer; nil takes any.
	Check func(string) error
}

// ask puts the questions to the user. errCancelled says that there will be no answers.
func (a *app) ask(ctx context.Context, questions ...question) error {
	if err := a.letGo(); err != nil {
		return err
	}
	if a.Plain {
		return a.askPlainly(ctx, questions)
	}
	var (
		mu      sync.Mutex
		fields  []huh.Field
		answers []*string
	)
	for _, q := range questions {
		answers = append(answers, q.Answer)
	}
	for _, q := range questions {
		input := huh.NewInput().Title(q.Title).Accessor(&guarded{&mu, q.Answer}).Validate(q.check)
		if q.Hint != nil {
			input.DescriptionFunc(func() string {
				mu.Lock()
				defer mu.Unlock()
				return q.Hint()
			}, answers)
		}
		fields = append(fields, input)
	}
	return a.form(ctx, fields...)
}

// guarded is an answer that a form writes while it asks for hints, which read it, on goroutines of their own.
type guarded struct {
	mu     *sync.Mutex
	answer *string
}

func (g *guarded) Get() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return *g.answer
}

func (g *guarded) Set(answer string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	*g.answer = answer
}

// confirm asks a yes or no question.
func (a *app) confirm(ctx context.Context, title string) (bool, error) {
	if a.Plain {
		answer := "y"
		err := a.askPlainly(ctx, []question{{Title: title + " (y/n)", Answer: &answer, Check: yesOrNo}})
		return strings.HasPrefix(strings.ToLower(answer), "y"), err
	}
	yes := true
	err := a.form(ctx, huh.NewConfirm().Title(title).Affirmative("Yes").Negative("No").Value(&yes))
	return yes, err
}

func (a *app) form(ctx context.Context, fields ...huh.Field) error {
	in, takeBack := a.lendInput()
	defer takeBack()
	form := huh.NewForm(huh.NewGroup(fields...)).
		WithProgramOptions(tea.WithoutSignalHandler()). // signals cancel ctx; before the two below, which it would undo
		WithInput(in).
		WithOutput(a.Err)
	err := form.RunWithContext(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, huh.ErrUserAborted) || ctx.Err() != nil:
		return errCancelled
	default:
		return fmt.Errorf("ask (give flags and --no-input to be asked nothing): %w", err)
	}
}

// check is Check without the space around an answer.
func (q question) check(answer string) error {
	if q.Check == nil {
		return nil
	}
	return q.Check(strings.TrimSpace(answer))
}

func yesOrNo(answer string) error {
	switch strings.ToLower(answer) {
	case "y", "yes", "n", "no":
		return nil
	}
	return errors.New("answer y or n")
}
