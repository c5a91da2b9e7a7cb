package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/eventmetrics"
)

func newEventsCommand(sys system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "List, retry or drop events that are not handled",
		Long: `List, retry or drop events that are not handled.

An event is dead when the last attempt to handle it has failed: nobody tries
again until it is retried by hand. So it is for each consumer, such as a
webhook, that has to be told of the event; the service's own handlers are the
consumer "` + eventmetrics.Handlers + `".`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	events := &eventsCommand{sys: sys, cfg: config.BindDatabase(cmd.PersistentFlags())}
	cmd.AddCommand(events.list(), events.retry(), events.drop())
	return cmd
}

// eventsCommand is what the commands about events have in common.
type eventsCommand struct {
	sys system
	cfg *config.Config
}

// selection is what the flags and arguments of a command select.
type selection struct {
	consumers, sources []string
	allDead, all       bool
}

func (s *selection) bind(fs *pflag.FlagSet) {
	fs.StringSliceVar(&s.consumers, "consumer", nil, "only what these `consumers` have to do; "+eventmetrics.Handlers+" are the service's own")
	fs.StringSliceVar(&s.sources, "source", nil, "only events of these `kinds`, by their plural names")
}

// of selects the events with these ids, or all of them if there are none.
func (s *selection) of(ids []string) dao.EventSelection {
	which := dao.EventSelection{Sources: s.sources, OnlyDead: s.allDead, Untried: s.all}
	if len(ids) > 0 {
		which.IDs = ids
	}
	for _, consumer := range s.consumers {
		if consumer == eventmetrics.Handlers {
			consumer = ""
		}
		which.Consumers = append(which.Consumers, consumer)
	}
	return which
}

// check says what is wrong with the ids of a command that changes something.
func (s *selection) check(ids []string) error {
	if s.all && (s.allDead || len(ids) > 0 || len(s.consumers) == 0 || slices.Contains(s.consumers, eventmetrics.Handlers)) {
		return errors.New("--all goes with --consumer, naming others than " + eventmetrics.Handlers + ", and without ids and --all-dead")
	}
	if !s.all && s.allDead == (len(ids) > 0) {
		return errors.New("give either the ids of events or --all-dead; `" + api.ServiceName + " events list` shows them")
	}
	var problems []error
	for _, id := range ids {
		if _, ok := tsl.ParseUUID(id); !ok {
			problems = append(problems, fmt.Errorf("%q is no id of an event", id))
		}
	}
	return errors.Join(problems...)
}

func (e *eventsCommand) retry() *cobra.Command {
	return e.repair(&cobra.Command{
		Use:   "retry [ID...]",
		Short: "Have events that failed handled again, at once",
		Long: `Have events that are dead, or that failed and wait for their next attempt,
handled again, at once. They get all their attempts anew. Later events of the
same object that are not handled yet wait for them.`,
	}, "retried", dao.EventDao.Retry, true)
}

func (e *eventsCommand) drop() *cobra.Command {
	return e.repair(&cobra.Command{
		Use:   "drop [ID...]",
		Short: "Give up events that failed",
		Long: `Give up events that are dead, or that failed and wait for their next attempt.
They count as handled from then on. With --all it is all that consumers still
have to do: for those that the service has no longer, since their events are
kept as long.`,
	}, "dropped", dao.EventDao.Drop, false)
}

// repair completes a command that changes events by change.
func (e *eventsCommand) repair(cmd *cobra.Command, done string, change func(dao.EventDao, context.Context, dao.EventSelection) (int64, error), wake bool) *cobra.Command {
	selected := &selection{}
	selected.bind(cmd.Flags())
	cmd.Flags().BoolVar(&selected.allDead, "all-dead", false, "all that are dead, instead of those with these ids")
	if !wake {
		cmd.Flags().BoolVar(&selected.all, "all", false, "all that the consumers of --consumer have before them, tried or not")
	}
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		if err := selected.check(ids); err != nil {
			return err
		}
		return withDatabase(cmd, e.sys, e.cfg, func(ctx context.Context, sessions *db.SessionFactory) error {
			log, which := dao.NewEventDao(sessions), selected.of(ids)
			idle, err := withoutTrouble(ctx, log, which)
			if err != nil {
				return err
			}
			n, err := change(log, ctx, which)
			if err == nil || n > 0 { // it may have failed half way
				_, printed := fmt.Fprintf(e.sys.out, "%s %d\n", done, n)
				err = errors.Join(err, printed)
			}
			if wake && n > 0 {
				err = errors.Join(err, sessions.Notify(ctx, environments.EventChannel))
			}
			if len(idle) > 0 {
				err = errors.Join(err, fmt.Errorf("neither dead nor waiting for another attempt, or not there: %s", strings.Join(idle, ", ")))
			}
			return err
		})
	}
	return cmd
}

// withoutTrouble returns those of the selected ids for which there is nothing to
// repair.
func withoutTrouble(ctx context.Context, log dao.EventDao, which dao.EventSelection) ([]string, error) {
	if which.IDs == nil {
		return nil, nil
	}
	// Each event has one piece of work for each consumer at most; nobody types
	// so many ids that this is much.
	work, err := log.Work(ctx, which, mostWork)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(which.IDs), func(id string) bool {
		canonical, _ := tsl.ParseUUID(id)
		return slices.ContainsFunc(work, func(w dao.EventWork) bool {
			return w.EventID == canonical && (w.DeadAt != nil || !w.Leased && w.LastError != nil)
		})
	}), nil
}
