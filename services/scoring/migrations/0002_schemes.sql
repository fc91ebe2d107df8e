CREATE TABLE scheme (
    id             uuid        NOT NULL,
    version        int         NOT NULL CHECK (version > 0),
    state          text        NOT NULL CHECK (state IN ('draft', 'published')),
    name           text        NOT NULL,
    subject_kind   text        NOT NULL,
    period_kind    text        NOT NULL CHECK (period_kind IN ('quarter', 'year')),
    place_code     text        COLLATE "C" NOT NULL,
    terms          jsonb       NOT NULL,
    effective_date date,
    create_time    timestamptz NOT NULL,
    publish_time   timestamptz,
    publisher_id   text,
    revision       bigint      NOT NULL,
    PRIMARY KEY (id, version),
    CHECK ((state = 'published') = (effective_date IS NOT NULL AND publish_time IS NOT NULL AND publisher_id IS NOT NULL))
);
-- One open draft of a scheme at a time.
CREATE UNIQUE INDEX scheme_draft ON scheme (id) WHERE state = 'draft';
CREATE INDEX scheme_published ON scheme (effective_date) WHERE state = 'published';

CREATE FUNCTION refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'published' THEN
        RAISE EXCEPTION 'a published scheme never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER scheme_immutable BEFORE UPDATE OR DELETE ON scheme FOR EACH ROW EXECUTE FUNCTION refuse_published();
