package dao

import (
	"context"
	"fmt"
	"strconv"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventPosition is a place in the log of events, see EventLog: after one event
// and before the next. The zero position is before all events. Of two positions
// the larger one is later.
type EventPosition int64

// String is the position as clients get it; they are not to read anything into
// it.
func (p EventPosition) String() string { return strconv.FormatInt(int64(p), 10) }

// ParseEventPosition reads what String returned.
func ParseEventPosition(text string) (EventPosition, error) {
	position, err := strconv.ParseInt(text, 10, 64)
	if err != nil || position < 0 || EventPosition(position).String() != text {
		return 0, fmt.Errorf("%.40q is not a position in the log of events", text)
	}
	return EventPosition(position), nil
}

// Cursor returns how far the reader of that name has come: the position that was
// saved last, or the zero position.
func (l *EventLog) Cursor(ctx context.Context, reader string) (EventPosition, error) {
	var positions []EventPosition
	err := l.sessions.New(ctx).Raw(`SELECT "position" FROM "event_cursors" WHERE "reader" = ?`, reader).Scan(&positions).Error
	if err != nil {
		return 0, fmt.Errorf("load cursor of %s: %w", reader, db.Translate(err))
	}
	if len(positions) == 0 {
		return 0, nil
	}
	return positions[0], nil
}

// SaveCursor moves the reader of that name from one position to another. If it
// is no longer at the first, since somebody else reads under the same name, the
// error is ErrStale. Inside InTx it belongs to the transaction.
func (l *EventLog) SaveCursor(ctx context.Context, reader string, from, to EventPosition) error {
	result := l.sessions.New(ctx).Exec(`
		INSERT INTO "event_cursors" ("reader", "position", "updated_at")
		SELECT @reader , @to , now() WHERE @from = 0 OR EXISTS (SELECT FROM "event_cursors" WHERE "reader" = @reader )
		ON CONFLICT ("reader") DO UPDATE SET "position" = excluded."position", "updated_at" = now()
		WHERE "event_cursors"."position" = @from`,
		map[string]any{"reader": reader, "from": int64(from), "to": int64(to)})
	err := db.Translate(result.Error)
	if err == nil && result.RowsAffected == 0 {
		err = ErrStale
	}
	if err != nil {
		return fmt.Errorf("save cursor of %s: %w", reader, err)
	}
	return nil
}
