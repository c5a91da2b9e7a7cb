package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test/torture"
)

// handler handles events as the witness says.
type handler struct {
	env     *environments.Env
	witness string
	name    string
	client  *http.Client
}

func newHandler(env *environments.Env, witness, name string) *handler {
	transport := &http.Transport{MaxIdleConnsPerHost: 64} // one for each worker, and no time-out: the witness may make us hang
	return &handler{env: env, witness: witness, name: name, client: &http.Client{Transport: transport}}
}

func (h *handler) handle(ctx context.Context, event *api.Event) error {
	attempt := torture.Attempt{
		Replica: h.name, EventID: event.ID, Object: event.SourceID, Sequence: event.Sequence, Attempts: event.Attempts,
	}
	verdict, err := h.tell(ctx, torture.BeginPath, attempt)
	if err != nil {
		return err
	}
	switch verdict {
	case torture.Fail:
		return errors.New("told to fail")
	case torture.Die:
		os.Exit(torture.DieCode)
	case torture.Wait:
		<-ctx.Done()
		_, err := h.tell(ctx, torture.GonePath, attempt)
		return errors.Join(ctx.Err(), err)
	case torture.Late:
		ctx = context.WithoutCancel(ctx)
	}
	if err := h.effect(ctx, event); err != nil {
		return err
	}
	switch verdict {
	case torture.FailLate:
		return errors.New("told to fail late")
	case torture.Panic:
		panic("told to panic")
	}
	_, err = h.tell(ctx, torture.EndPath, attempt)
	return err
}

func (h *handler) effect(ctx context.Context, event *api.Event) error {
	return h.env.Services.Generic().Once(ctx, event, "count", func(ctx context.Context) error {
		unlock, err := h.env.Database.Locks.Lock(ctx, torture.Source, event.SourceID)
		if err != nil {
			return err
		}
		defer unlock()
		return h.env.Database.Sessions.New(ctx).Exec(`INSERT INTO "torture_effects" VALUES (?)`, event.ID).Error
	})
}

// tell tells the witness, whatever becomes of ctx: a handler that hangs is one
// that does not heed it.
func (h *handler) tell(ctx context.Context, path string, attempt torture.Attempt) (verdict torture.Verdict, err error) {
	body, err := json.Marshal(attempt)
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, h.witness+path, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := h.client.Do(request)
	if err != nil {
		return "", fmt.Errorf("tell the witness: %w", err)
	}
	err = json.NewDecoder(answer.Body).Decode(&verdict)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return "", fmt.Errorf("hear the witness: %w", err)
	}
	return verdict, nil
}
