-- Answers of mutating calls, kept so that a repeated request gets the same answer without being done twice.
CREATE TABLE idempotency (
    caller_id    text        NOT NULL,
    method       text        NOT NULL,
    request_id   text        NOT NULL,
    request_hash bytea       NOT NULL,
    -- Null only while the transaction that runs the action is open.
    response     bytea,
    create_time  timestamptz NOT NULL,
    PRIMARY KEY (caller_id, method, request_id)
);
CREATE INDEX idempotency_create_time ON idempotency (create_time);

-- Who did what to which resource. Rows are only ever added.
CREATE TABLE audit (
    id            uuid        PRIMARY KEY,
    audit_time    timestamptz NOT NULL,
    caller_id     text        NOT NULL,
    method        text        NOT NULL,
    action        text        NOT NULL,
    resource_kind text        NOT NULL,
    resource_id   text        NOT NULL,
    place_code    text        COLLATE "C",
    detail        jsonb,
    trace_id      text
);
CREATE INDEX audit_resource ON audit (resource_kind, resource_id, audit_time);
CREATE INDEX audit_caller ON audit (caller_id, audit_time);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
