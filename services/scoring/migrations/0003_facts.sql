-- What happened and may give points. Fields hold no personal data.
CREATE TABLE fact (
    event_id   uuid        PRIMARY KEY,
    type       text        NOT NULL,
    matter_id  text        NOT NULL,
    event_time timestamptz NOT NULL,
    -- Day in Asia/Shanghai that decides the version of the scheme and the period.
    day        date        NOT NULL,
    trace_id   text        NOT NULL,
    label      text        NOT NULL,
    fields     jsonb       NOT NULL
);
CREATE INDEX fact_day ON fact (day);

-- Who had which role in it. Looked at again when the subject becomes known, changes its groups, or a first scheme is published.
CREATE TABLE fact_part (
    event_id      uuid NOT NULL REFERENCES fact,
    role          text NOT NULL,
    kind          text NOT NULL,
    subject_id    text COLLATE "C" NOT NULL,
    -- Set while the subject is not known. Swept after a time: who never becomes known is a resident, and is not kept.
    pending_since timestamptz,
    PRIMARY KEY (event_id, role, kind, subject_id)
);
CREATE INDEX fact_part_subject ON fact_part (kind, subject_id);
CREATE INDEX fact_part_pending ON fact_part (pending_since) WHERE pending_since IS NOT NULL;
