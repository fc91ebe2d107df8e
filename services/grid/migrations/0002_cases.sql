-- Cases (网格事件) and their timeline.
CREATE TABLE grid_case (
    case_id               uuid        PRIMARY KEY,
    node_code             text        COLLATE "C" NOT NULL REFERENCES node (code),
    owner_code            text        COLLATE "C" NOT NULL,
    category              text        COLLATE "C" NOT NULL,
    urgency               smallint    NOT NULL,
    state                 smallint    NOT NULL,
    description           text        NOT NULL,
    reporter_id           text        NOT NULL,
    attachments           jsonb       NOT NULL,
    parts                 jsonb       NOT NULL,
    handler_ids           uuid[]      NOT NULL,
    on_the_spot           bool        NOT NULL,
    rework_count          int         NOT NULL,
    close_count           int         NOT NULL,
    rating                smallint    NOT NULL,
    report_time           timestamptz NOT NULL,
    accept_due            timestamptz NOT NULL,
    accept_time           timestamptz,
    handle_due            timestamptz,
    handle_time           timestamptz,
    verify_due            timestamptz,
    verify_time           timestamptz,
    close_time            timestamptz,
    suspend_time          timestamptz,
    void_time             timestamptz,
    rate_time             timestamptz,
    accept_overdue_raised bool        NOT NULL,
    handle_overdue_raised bool        NOT NULL,
    update_time           timestamptz NOT NULL,
    version               bigint      NOT NULL
);
-- Ids are UUIDv7: their order is the order of reports.
CREATE INDEX grid_case_node ON grid_case (node_code, case_id);
CREATE INDEX grid_case_handlers ON grid_case USING gin (handler_ids);
-- What the overdue scan looks for.
CREATE INDEX grid_case_accept_due ON grid_case (accept_due) WHERE state = 1 AND NOT accept_overdue_raised;
CREATE INDEX grid_case_handle_due ON grid_case (handle_due) WHERE state IN (2, 3, 4) AND NOT handle_overdue_raised;

CREATE TABLE case_step (
    case_id     uuid        NOT NULL REFERENCES grid_case (case_id),
    number      int         NOT NULL,
    verb        text        NOT NULL,
    actor_id    text        NOT NULL,
    from_state  smallint,
    to_state    smallint    NOT NULL,
    owner_code  text        COLLATE "C" NOT NULL,
    remark      text        NOT NULL,
    attachments jsonb       NOT NULL,
    step_time   timestamptz NOT NULL,
    trace_id    text        NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE INDEX case_step_time ON case_step (step_time) WHERE verb = 'fail';
CREATE TRIGGER case_step_append_only BEFORE UPDATE OR DELETE ON case_step FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Contact of the resident concerned, encrypted, erased after the retention period.
CREATE TABLE case_contact (
    case_id      uuid        PRIMARY KEY REFERENCES grid_case (case_id),
    name_cipher  bytea       NOT NULL,
    phone_cipher bytea       NOT NULL,
    -- When the case was closed; null keeps the contact while it is open.
    close_time   timestamptz
);
CREATE INDEX case_contact_close_time ON case_contact (close_time);
