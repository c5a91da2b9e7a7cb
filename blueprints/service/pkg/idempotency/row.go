package idempotency

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// insertRow writes the claim, unless there is a row. It waits for a transaction
// that is writing one, but not for longer than the given lock_timeout, which it
// leaves as it was if it has written the row: what is done then has its own ideas.
const insertRow = `
	WITH "before" AS MATERIALIZED (SELECT current_setting('lock_timeout') AS "timeout")
	INSERT INTO "idempotency_keys" ("id", "request")
	SELECT ?::bytea, ?::bytea FROM "before" WHERE set_config('lock_timeout', ?::text, true) IS NOT NULL
	ON CONFLICT DO NOTHING
	RETURNING set_config('lock_timeout', (SELECT "timeout" FROM "before"), true) IS NOT NULL`

// insert writes the claim and reports whether it could.
func (k *Keys) insert(ctx context.Context, id, content []byte) (claimed bool, err error) {
	err = k.sessions.New(ctx).Raw(insertRow, id, content, milliseconds(k.settings.LockTimeout)).Row().Scan(&claimed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return claimed, explained("claim an idempotency key", err)
}

// row is what is kept.
type row struct {
	Request        []byte
	Status         int
	ETag, Location string
	Body           []byte
	Expired        bool
}

// find returns the row, or db.ErrNotFound.
func (k *Keys) find(ctx context.Context, id []byte) (found row, err error) {
	err = k.sessions.New(ctx).Raw(`
		SELECT "request", "status", "etag", "location", "body", "created_at" < now() - make_interval(secs => ?)
		FROM "idempotency_keys" WHERE "id" = ?`, k.settings.Retention.Seconds(), id).Row().
		Scan(&found.Request, &found.Status, &found.ETag, &found.Location, &found.Body, &found.Expired)
	return found, explained("read an idempotency key", err)
}

// keep writes the answer into the row of the request.
func (k *Keys) keep(ctx context.Context, request Request, answer Answer) error {
	if int64(len(answer.Body)) > k.settings.MaxAnswerBytes {
		return fmt.Errorf("%w: %d bytes, with a limit of %d", ErrTooLarge, len(answer.Body), k.settings.MaxAnswerBytes)
	}
	return explained("keep an answer", k.sessions.New(ctx).Exec(`
		UPDATE "idempotency_keys" SET "status" = ?, "etag" = ?, "location" = ?, "body" = ? WHERE "id" = ?`,
		answer.Status, answer.ETag, answer.Location, answer.Body, request.id()).Error)
}

// forget deletes the row if it has expired.
func (k *Keys) forget(ctx context.Context, id []byte) error {
	return explained("forget an idempotency key", k.sessions.New(ctx).Exec(`
		DELETE FROM "idempotency_keys" WHERE "id" = ? AND "created_at" < now() - make_interval(secs => ?)`,
		id, k.settings.Retention.Seconds()).Error)
}

// Purge deletes up to limit rows that have expired, oldest first, and returns how
// many.
func (k *Keys) Purge(ctx context.Context, limit int) (int64, error) {
	result := k.sessions.New(ctx).Exec(`
		DELETE FROM "idempotency_keys" WHERE "id" = ANY(ARRAY(
			SELECT "id" FROM "idempotency_keys" WHERE "created_at" < now() - make_interval(secs => ?)
			ORDER BY "created_at" LIMIT ? FOR UPDATE SKIP LOCKED))`, k.settings.Retention.Seconds(), limit)
	return result.RowsAffected, explained("purge idempotency keys", result.Error)
}

func explained(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, db.Translate(err))
}

// milliseconds is d as a setting: 0 is no limit, and what is above 0 stays so.
func milliseconds(d time.Duration) string {
	if d <= 0 {
		return "0"
	}
	return strconv.FormatInt(max(1, d.Milliseconds()), 10)
}
