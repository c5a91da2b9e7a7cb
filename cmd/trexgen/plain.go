package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// askPlainly asks line by line, for terminals that cannot show a form and for screen readers. It repeats a question
// until the answer will do, and gives up at the end of the input.
func (a *app) askPlainly(ctx context.Context, questions []question) error {
	for _, q := range questions {
		if q.Hint != nil {
			a.sayf("%s", q.Hint())
		}
		for {
			a.prompt(q)
			answer, err := a.readLine(ctx)
			if err != nil {
				return err
			}
			if answer == "" {
				answer = *q.Answer
			}
			if err := q.check(answer); err != nil {
				a.sayf("%v", err)
				continue
			}
			*q.Answer = answer
			break
		}
	}
	return nil
}

func (a *app) prompt(q question) {
	preset := ""
	if *q.Answer != "" {
		preset = " [" + *q.Answer + "]"
	}
	_, _ = io.WriteString(a.Err, q.Title+preset+": ")
}

// readLine reads one line byte by byte: what follows belongs to the next question, or to another program.
func (a *app) readLine(ctx context.Context) (string, error) {
	type result struct {
		line string
		err  error
	}
	read := make(chan result, 1)
	// A read from a terminal cannot be cancelled. When ctx is, the process ends and the read with it.
	go func() {
		line, err := bufio.NewReaderSize(oneByte{a.In}, 16).ReadString('\n')
		read <- result{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", errCancelled
	case r := <-read:
		if errors.Is(r.err, io.EOF) {
			return "", errCancelled
		}
		return strings.TrimSpace(r.line), r.err
	}
}

// oneByte keeps a buffered reader from reading ahead.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return o.r.Read(p[:1])
}
