-- The answers to requests that have an Idempotency-Key, see package idempotency. A
-- row is written in the transaction of the request, and deleted some time after it.

-- +goose Up
CREATE TABLE "idempotency_keys" (
    "id"         bytea       NOT NULL PRIMARY KEY CHECK (octet_length("id") = 32),
    "created_at" timestamptz NOT NULL DEFAULT now(),
    "request"    bytea       NOT NULL CHECK (octet_length("request") = 32),
    "status"     integer     NOT NULL DEFAULT 0,
    "etag"       text        NOT NULL DEFAULT '',
    "location"   text        NOT NULL DEFAULT '',
    "body"       bytea
);
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" ("created_at");

-- +goose Down
DROP TABLE "idempotency_keys";
