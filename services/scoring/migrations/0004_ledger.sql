-- The points ledger: rows are only ever added. The hash of each covers all its columns and the hash before it.
CREATE TABLE ledger_entry (
    id              uuid          PRIMARY KEY,
    kind            text          NOT NULL,
    subject_id      text          COLLATE "C" NOT NULL,
    sequence        bigint        NOT NULL CHECK (sequence > 0),
    scheme_id       uuid          NOT NULL,
    scheme_version  int           NOT NULL,
    rule_key        text          NOT NULL,
    role            text          NOT NULL,
    group_name      text          NOT NULL,
    points          numeric(14,2) NOT NULL,
    uncapped_points numeric(14,2) NOT NULL,
    period          text          NOT NULL,
    reason          text          NOT NULL,
    event_id        uuid          NOT NULL,
    event_type      text          NOT NULL,
    event_time      timestamptz   NOT NULL,
    matter_id       text          NOT NULL,
    -- What makes a second award of the same rule to the same subject the same one.
    once_key        text          NOT NULL,
    trace_id        text          NOT NULL,
    place_code      text          COLLATE "C" NOT NULL,
    post_time       timestamptz   NOT NULL,
    corrects_id     uuid          REFERENCES ledger_entry,
    corrector_id    text          NOT NULL,
    previous_hash   text          NOT NULL,
    hash            text          NOT NULL,
    UNIQUE (kind, subject_id, sequence),
    FOREIGN KEY (scheme_id, scheme_version) REFERENCES scheme (id, version)
);
CREATE UNIQUE INDEX ledger_entry_once ON ledger_entry (scheme_id, rule_key, kind, subject_id, once_key) WHERE corrects_id IS NULL;
CREATE UNIQUE INDEX ledger_entry_corrects ON ledger_entry (corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX ledger_entry_period ON ledger_entry (scheme_id, period, kind, subject_id) INCLUDE (points);

CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where each chain ends, so that entries missing at the end are noticed too.
CREATE TABLE ledger_head (
    kind       text   NOT NULL,
    subject_id text   COLLATE "C" NOT NULL,
    sequence   bigint NOT NULL,
    hash       text   NOT NULL,
    PRIMARY KEY (kind, subject_id)
);

-- Counts changes of what a ranking is made of. A ranking in Redis carries the versions that it was made from.
CREATE TABLE ranking_version (
    -- members, or <scheme id>:<period>.
    topic   text   PRIMARY KEY,
    version bigint NOT NULL
);
