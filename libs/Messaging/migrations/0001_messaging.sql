-- Events that this service publishes, written with the change they report. Kept after publishing: they are the event feed.
CREATE TABLE outbox (
    id           uuid        PRIMARY KEY,
    -- The writing transaction. The feed reads in the order (xid, position) and only below the oldest open transaction, so that
    -- nothing can appear behind a position that was handed out.
    xid          xid8        NOT NULL DEFAULT pg_current_xact_id(),
    position     bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    topic        text        NOT NULL,
    type         text        NOT NULL,
    subject      text        NOT NULL,
    place_code   text        COLLATE "C",
    sequence     bigint      NOT NULL,
    event_time   timestamptz NOT NULL,
    traceparent  text,
    -- text, not jsonb: sent exactly as written.
    data_json    text        NOT NULL,
    publish_time timestamptz,
    attempts     int         NOT NULL DEFAULT 0,
    retry_time   timestamptz
);
CREATE UNIQUE INDEX outbox_feed ON outbox (xid, position);
CREATE INDEX outbox_pending ON outbox (position) WHERE publish_time IS NULL;
CREATE INDEX outbox_event_time ON outbox USING brin (event_time);
CREATE INDEX outbox_publish_time ON outbox USING brin (publish_time);

-- Which cluster the xids of the outbox belong to; those of a dump restored elsewhere mean nothing there.
CREATE TABLE outbox_origin (system_identifier text NOT NULL);
INSERT INTO outbox_origin SELECT system_identifier::text FROM pg_control_system();

-- Events handled: twice delivered is once done.
CREATE TABLE inbox (
    consumer     text        NOT NULL,
    event_id     uuid        NOT NULL,
    receive_time timestamptz NOT NULL,
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX inbox_receive_time ON inbox USING brin (receive_time);

-- How far the feeds of other services were read.
CREATE TABLE feed_cursor (
    source      text        PRIMARY KEY,
    -- The types that were asked for; other types begin at the start of the feed.
    types       text        NOT NULL,
    position    text        NOT NULL,
    update_time timestamptz NOT NULL
);

-- Messages that could not be handled. The message is kept whole, because it is handled again from here; it is never logged.
CREATE TABLE dead_letter (
    event_id     text        PRIMARY KEY,
    type         text        NOT NULL,
    topic        text        NOT NULL,
    arrival_time timestamptz NOT NULL,
    error        text        NOT NULL,
    replay_count int         NOT NULL DEFAULT 0,
    message      bytea       NOT NULL
);
CREATE INDEX dead_letter_arrival ON dead_letter (arrival_time DESC, event_id DESC);
