-- The log of changes. A row is written with the change itself, handled after it,
-- and deleted some time after that.

-- +goose Up
CREATE TABLE "events" (
    "id"             uuid        NOT NULL PRIMARY KEY,
    "created_at"     timestamptz NOT NULL,
    "updated_at"     timestamptz NOT NULL,
    "row_version"    bigint      NOT NULL DEFAULT 1,
    "sequence"       bigint      NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    "source"         text        NOT NULL,
    "source_id"      uuid        NOT NULL,
    "event_type"     text        NOT NULL CHECK ("event_type" IN ('Create', 'Update', 'Delete')),
    "actor"          text        NOT NULL DEFAULT '',
    "operation_id"   text        NOT NULL DEFAULT '',
    "trace_parent"   text        NOT NULL DEFAULT '',
    "attempts"       integer     NOT NULL DEFAULT 0,
    "run_at"         timestamptz NOT NULL,
    "leased"         boolean     NOT NULL DEFAULT false,
    "handled_at"     timestamptz,
    "dead_at"        timestamptz,
    "last_error"     text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000);
-- Claims pass the dead entries of the indexes that they go through: a vacuum is due
-- after so many events, not after so large a part of the log.

-- What is due, and whether an earlier event of the same object is still open:
-- both small, however long the log is.
CREATE INDEX "events_due" ON "events" ("run_at", "sequence")
    WHERE "handled_at" IS NULL AND "dead_at" IS NULL;
CREATE INDEX "events_open" ON "events" ("source", "source_id", "sequence")
    WHERE "handled_at" IS NULL AND "dead_at" IS NULL;
CREATE INDEX "events_dead" ON "events" ("dead_at") WHERE "dead_at" IS NOT NULL;

-- The purge: run_at is when it looks at a handled event next.
CREATE INDEX "events_handled" ON "events" ("run_at") WHERE "handled_at" IS NOT NULL;

-- What is still to be done about an event by a consumer other than the kind's own
-- handlers, such as a webhook. A row is written with the event and deleted when
-- the consumer has it.
CREATE TABLE "event_deliveries" (
    "event_id"    uuid        NOT NULL REFERENCES "events" ("id") ON DELETE CASCADE,
    "consumer"    text        NOT NULL,
    "row_version" bigint      NOT NULL DEFAULT 1,
    "sequence"    bigint      NOT NULL,
    "source"      text        NOT NULL,
    "source_id"   uuid        NOT NULL,
    "attempts"    integer     NOT NULL DEFAULT 0,
    "run_at"      timestamptz NOT NULL,
    "leased"      boolean     NOT NULL DEFAULT false,
    "dead_at"     timestamptz,
    "last_error"  text,
    PRIMARY KEY ("event_id", "consumer")
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000);
CREATE INDEX "event_deliveries_due" ON "event_deliveries" ("consumer", "run_at", "sequence")
    WHERE "dead_at" IS NULL;
CREATE INDEX "event_deliveries_open" ON "event_deliveries" ("consumer", "source", "source_id", "sequence")
    WHERE "dead_at" IS NULL;
CREATE INDEX "event_deliveries_dead" ON "event_deliveries" ("consumer", "sequence")
    WHERE "dead_at" IS NOT NULL;

-- What handlers have done exactly once, see services.Tools.
CREATE TABLE "event_effects" (
    "event_id" uuid NOT NULL REFERENCES "events" ("id") ON DELETE CASCADE,
    "effect"   text NOT NULL,
    PRIMARY KEY ("event_id", "effect")
);

-- The sequence up to which readers of the log have come, such as the forwarder,
-- and the purge.
CREATE TABLE "event_cursors" (
    "reader"     text        NOT NULL PRIMARY KEY,
    "position"   bigint      NOT NULL,
    "updated_at" timestamptz NOT NULL
);

-- Who did what, see package audit. Rows are added, and that is all: to delete
-- what is too old the table's owner has to say so first, in the transaction.
--
--     BEGIN;
--     SET LOCAL audit.retention = 'on';
--     DELETE FROM audit_entries WHERE created_at < now() - interval '7 years';
--     COMMIT;
CREATE TABLE "audit_entries" (
    "id"           bigint      NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "created_at"   timestamptz NOT NULL DEFAULT clock_timestamp(),
    "event_id"     uuid        NOT NULL UNIQUE,
    "event_type"   text        NOT NULL,
    "source"       text        NOT NULL,
    "source_id"    uuid        NOT NULL,
    "actor"        text        NOT NULL,
    "claims"       jsonb       NOT NULL,
    "operation_id" text        NOT NULL
);
CREATE INDEX "audit_entries_object" ON "audit_entries" ("source_id", "id");
CREATE INDEX "audit_entries_actor" ON "audit_entries" ("actor", "id");
CREATE INDEX "audit_entries_created" ON "audit_entries" ("created_at");

-- The function looks nowhere but in pg_catalog: whoever deletes chooses the
-- search_path, and could put functions of their own in front.
-- +goose StatementBegin
CREATE FUNCTION "audit_entries_keep"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('audit.retention', true) = 'on' AND pg_has_role(
        current_user, (SELECT relowner FROM pg_catalog.pg_class WHERE oid = TG_RELID), 'USAGE')
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'audit_entries is append-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege',
            HINT = 'The owner of the table may delete old entries after SET LOCAL audit.retention = ''on''.';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER "audit_entries_keep" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
    FOR EACH STATEMENT EXECUTE FUNCTION "audit_entries_keep"();
-- In replicas of a database, too, and for those who pretend to be one.
ALTER TABLE "audit_entries" ENABLE ALWAYS TRIGGER "audit_entries_keep";

-- +goose Down
DROP TABLE "audit_entries";
DROP FUNCTION "audit_entries_keep";
DROP TABLE "event_cursors";
DROP TABLE "event_effects";
DROP TABLE "event_deliveries";
DROP TABLE "events";
