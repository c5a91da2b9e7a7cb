-- +goose Up
CREATE TABLE "fossil_entries" (
    "id"             uuid             PRIMARY KEY,
    "created_at"     timestamptz      NOT NULL,
    "updated_at"     timestamptz      NOT NULL,
    "row_version"    bigint           NOT NULL DEFAULT 1,
    "species"        varchar(255)     NOT NULL,
    "site"           varchar(255),
    "shelf"          integer          NOT NULL CHECK ("shelf" BETWEEN 0 AND 400),
    "layer"          integer,
    "catalog_number" bigint           NOT NULL,
    "age_years"      bigint,
    "weight"         double precision NOT NULL,
    "length"         double precision,
    "complete"       boolean          NOT NULL,
    "on_display"     boolean,
    "found_at"       timestamptz      NOT NULL,
    "exhibited_at"   timestamptz,
    "label"          varchar(40)      NOT NULL UNIQUE,
    "remarks"        text,
    "value"          numeric          NOT NULL CHECK ("value" >= 0),
    "insured_value"  numeric,
    "collected_on"   date             NOT NULL,
    "loaned_until"   date,
    "barcode"        uuid             UNIQUE,
    "measurements"   jsonb,
    "condition"      text             NOT NULL DEFAULT 'fragment' CHECK ("condition" IN ('fragment', 'partial', 'whole')),
    "tags"           jsonb            NOT NULL,
    "parent_id"      uuid             REFERENCES "fossil_entries" ("id") ON DELETE RESTRICT
);

-- Lists are ordered by these two unless the client says otherwise.
CREATE INDEX ON "fossil_entries" ("created_at", "id");
CREATE INDEX ON "fossil_entries" ("condition");
CREATE INDEX ON "fossil_entries" ("parent_id");

-- +goose Down
DROP TABLE "fossil_entries";
