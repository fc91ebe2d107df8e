-- Commendations and circulars of criticism; rows are only ever added.
CREATE TABLE record (
    record_id       uuid        PRIMARY KEY,
    kind            text        NOT NULL,
    person_id       uuid        REFERENCES person,
    organization_id uuid        REFERENCES organization,
    place_code      text        COLLATE "C" NOT NULL,
    level           text        NOT NULL,
    title           text        NOT NULL,
    document_number text        NOT NULL,
    document_date   date        NOT NULL,
    topic           text        NOT NULL,
    record_time     timestamptz NOT NULL,
    recorded_by     text        NOT NULL,
    CHECK (num_nonnulls(person_id, organization_id) = 1)
);

CREATE UNIQUE INDEX record_document ON record (kind, document_number, coalesce(person_id, organization_id));
CREATE INDEX record_place ON record (place_code);
CREATE INDEX record_subject ON record (coalesce(person_id, organization_id));
CREATE INDEX record_newest ON record (document_date DESC, record_id DESC);
