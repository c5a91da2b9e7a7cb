-- +goose Up
CREATE TABLE "fossil_entries" (
    "id"             uuid             PRIMARY KEY,
    "created_at"     timestamptz      NOT NULL,
    "updated_at"     timestamptz      NOT NULL,
    "row_version"    bigint           NOT NULL DEFAULT 1,
    "species"        text             NOT NULL,
    "site"           text,
    "shelf"          integer          NOT NULL,
    "layer"          integer,
    "catalog_number" bigint           NOT NULL,
    "age_years"      bigint,
    "weight"         double precision NOT NULL,
    "length"         double precision,
    "complete"       boolean          NOT NULL,
    "on_display"     boolean,
    "found_at"       timestamptz      NOT NULL,
    "exhibited_at"   timestamptz
);

-- Lists are ordered by these two unless the client says otherwise.
CREATE INDEX ON "fossil_entries" ("created_at", "id");

-- +goose Down
DROP TABLE "fossil_entries";
