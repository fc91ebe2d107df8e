CREATE TABLE organization (
    organization_id    uuid        PRIMARY KEY,
    name               text        NOT NULL,
    kind               text        NOT NULL,
    place_code         text        COLLATE "C" NOT NULL,
    parent_id          uuid        REFERENCES organization,
    organization_class text        NOT NULL,
    state              text        NOT NULL,
    rectification_plan text        NOT NULL,
    seated             boolean     NOT NULL,
    effective_date     date        NOT NULL,
    create_time        timestamptz NOT NULL,
    update_time        timestamptz NOT NULL,
    updated_by         text        NOT NULL,
    version            bigint      NOT NULL
);

CREATE INDEX organization_place ON organization (place_code, organization_id);
CREATE INDEX organization_parent ON organization (parent_id);
-- A place has one head, so one seated organisation.
CREATE UNIQUE INDEX organization_seat ON organization (place_code) WHERE seated;

-- Every state that an organisation was ever in; rows are only ever added.
CREATE TABLE organization_history (
    LIKE organization,
    PRIMARY KEY (organization_id, version)
);

CREATE INDEX organization_history_place ON organization_history (place_code);
