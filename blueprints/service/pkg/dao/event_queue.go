package dao

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// eventQueue hands out the work of one consumer of events, in order for each
// object: what EventDao does for the kinds' own handlers and EventDeliveries
// for all others. A row is claimed by raising its row_version, and whoever
// holds another version of it has no say any more.
type eventQueue struct {
	factory *db.SessionFactory
	words   *strings.Replacer // what the <words> of statements stand for
	scope   map[string]any    // the arguments that they bring along
}

// newEventQueue returns the queue whose statements say words, pairs of a <word>
// and what it stands for.
func newEventQueue(sessions *db.SessionFactory, scope map[string]any, words ...string) eventQueue {
	return eventQueue{factory: sessions, scope: scope, words: strings.NewReplacer(words...)}
}

// query asks for rows, in ctx's transaction if there is one. The arguments of
// the statement are named, as in @limit.
func (q eventQueue) query(ctx context.Context, sql string, args map[string]any) *gorm.DB {
	return q.factory.New(ctx).Raw(q.words.Replace(sql), q.with(args))
}

// exec is query for statements that return nothing.
func (q eventQueue) exec(ctx context.Context, sql string, args map[string]any) *gorm.DB {
	return q.factory.New(ctx).Exec(q.words.Replace(sql), q.with(args))
}

func (q eventQueue) with(args map[string]any) map[string]any {
	all := map[string]any{}
	maps.Copy(all, q.scope)
	maps.Copy(all, args)
	return all
}

// Claim leases up to limit events that are due, and counts the attempt: of each
// object only its oldest open event, the oldest first. An event that is
// neither done, failed nor released by the end of the lease can be claimed
// again.
func (q eventQueue) Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error) {
	var claimed []api.Event
	err := q.factory.InTx(ctx, func(ctx context.Context) (err error) {
		if err := q.factory.New(ctx).Exec(onlyByOrder).Error; err != nil {
			return fmt.Errorf("claim events: %w", db.Translate(err))
		}
		for range claimWindows {
			more, err := q.claim(ctx, oldestDue, claimWindow, limit-len(claimed), lease)
			if claimed = append(claimed, more...); err != nil || len(claimed) == limit {
				return err
			}
			if crowded, err := q.crowded(ctx); err != nil || !crowded {
				return err
			}
			if cleared, err := q.putOffBlocked(ctx); err != nil {
				return err
			} else if !cleared {
				break
			}
		}
		wanted := limit - len(claimed)
		more, err := q.claim(ctx, firstOfObjects, claimWindow+wanted, wanted, lease)
		claimed = append(claimed, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claimed, func(a, b api.Event) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return claimed, nil
}

// claim leases up to limit of the events that the query due finds when it looks
// no further than window.
func (q eventQueue) claim(ctx context.Context, due string, window, limit int, lease time.Duration) (events []api.Event, err error) {
	args := map[string]any{"window": window, "limit": limit, "lease": lease.Seconds()}
	if err := q.query(ctx, due+leaseDue, args).Scan(&events).Error; err != nil {
		return nil, fmt.Errorf("claim events: %w", db.Translate(err))
	}
	return events, nil
}

// crowded tells whether there are due events beyond the window.
func (q eventQueue) crowded(ctx context.Context) (bool, error) {
	var due int
	err := q.query(ctx, `SELECT count(*) FROM (
		SELECT FROM <table> WHERE <open> AND "run_at" <= now() LIMIT @window ) AS "due"`,
		map[string]any{"window": claimWindow}).Scan(&due).Error
	if err != nil {
		return false, fmt.Errorf("count due events: %w", db.Translate(err))
	}
	return due == claimWindow, nil
}

// putOffBlocked makes room in the window, and reports whether it could.
func (q eventQueue) putOffBlocked(ctx context.Context) (cleared bool, err error) {
	result := q.exec(ctx, putOffBlocked, map[string]any{"window": claimWindow})
	if result.Error != nil {
		return false, fmt.Errorf("put off events that wait: %w", db.Translate(result.Error))
	}
	return result.RowsAffected > 0, nil
}

// Done records that claimed events have been dealt with. Those whose lease has
// passed on to somebody else stay theirs.
func (q eventQueue) Done(ctx context.Context, events ...api.Event) error {
	return q.settle(ctx, "mark as handled", `<done>`, events, nil)
}

// Release gives claimed events back as if they had not been claimed.
func (q eventQueue) Release(ctx context.Context, events ...api.Event) error {
	return q.settle(ctx, "release", `<update>, "leased" = false, "attempts" = "attempts" - 1, "run_at" = now()`, events, nil)
}

// Fail records why a claimed event was not dealt with. It is due again after
// retryAfter or, if dead, never: it stays for people to see.
func (q eventQueue) Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	update := `<update>, "leased" = false, "last_error" = @cause , "run_at" = now() + make_interval(secs => @after )`
	if dead {
		update += `, "dead_at" = now()`
	}
	return q.settle(ctx, "record a failure", update, []api.Event{event},
		map[string]any{"cause": storableText(cause.Error()), "after": retryAfter.Seconds()})
}

// settle ends the leases of events, of each only if nobody wrote the row since
// it was claimed: every claim writes it.
func (q eventQueue) settle(ctx context.Context, what, change string, events []api.Event, args map[string]any) error {
	if len(events) == 0 {
		return nil
	}
	ids, versions := make([]string, len(events)), make([]string, len(events))
	for i, event := range events {
		ids[i] = event.ID
		versions[i] = strconv.FormatInt(event.RowVersion, 10)
	}
	all := map[string]any{"ids": arrayOf(ids), "versions": arrayOf(versions)}
	maps.Copy(all, args)
	err := q.exec(ctx, change+` WHERE <id> = ANY(CAST(@ids AS uuid[])) AND <still open>
		AND "row_version" = (CAST(@versions AS bigint[]))[array_position(CAST(@ids AS uuid[]), <id>)]`, all).Error
	if err != nil {
		return fmt.Errorf("%s: %w", what, db.Translate(err))
	}
	return nil
}

// arrayOf writes values, ids or numbers, as an array of PostgreSQL. A list of
// arguments would be another statement for each length, to be prepared anew and
// kept on both sides.
func arrayOf(values []string) string { return "{" + strings.Join(values, ",") + "}" }

// storableText is text as a column holds it: valid, without NUL, not endless.
func storableText(text string) string {
	const longest = 4096
	text = strings.ToValidUTF8(text[:min(len(text), longest)], "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}
