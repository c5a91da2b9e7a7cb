-- The log of changes. A row is written with the change itself, handled after it,
-- and deleted some time after that.

-- +goose Up
CREATE TABLE "events" (
    "id"          uuid        NOT NULL PRIMARY KEY,
    "created_at"  timestamptz NOT NULL,
    "updated_at"  timestamptz NOT NULL,
    "row_version" bigint      NOT NULL DEFAULT 1,
    "sequence"    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    "source"      text        NOT NULL,
    "source_id"   uuid        NOT NULL,
    "event_type"  text        NOT NULL CHECK ("event_type" IN ('Create', 'Update', 'Delete')),
    "attempts"    integer     NOT NULL DEFAULT 0,
    "run_at"      timestamptz NOT NULL,
    "handled_at"  timestamptz,
    "dead_at"     timestamptz,
    "last_error"  text
);

-- What is due, and whether an earlier event of the same object is still open:
-- both small, however long the log is.
CREATE INDEX "events_due" ON "events" ("run_at", "sequence")
    WHERE "handled_at" IS NULL AND "dead_at" IS NULL;
CREATE INDEX "events_open" ON "events" ("source", "source_id", "sequence")
    WHERE "handled_at" IS NULL AND "dead_at" IS NULL;

-- The purge, and the paging of the list.
CREATE INDEX "events_handled" ON "events" ("handled_at") WHERE "handled_at" IS NOT NULL;
CREATE INDEX "events_created" ON "events" ("created_at", "id");

-- +goose Down
DROP TABLE "events";
