-- Addresses of other systems to which the events of this service are sent. Each goes through the feed at its own pace.
CREATE TABLE webhook (
    id                  uuid        PRIMARY KEY,
    owner_id            text        NOT NULL,
    address             text        NOT NULL,
    -- What was asked for: no types are all, no place is the whole scope.
    types               text[]      NOT NULL,
    place_code          text        COLLATE "C",
    -- What the owner's token allowed when the webhook was registered or last updated. Says, with the above, what it is told.
    owner_roles         text[]      NOT NULL,
    owner_places        text[]      NOT NULL,
    -- Encrypted.
    secret              bytea       NOT NULL,
    old_secret          bytea,
    old_secret_end_time timestamptz,
    -- Null while events are sent.
    pause_reason        text,
    -- All events up to here were delivered, or stand in webhook_delivery.
    xid                 xid8        NOT NULL,
    position            bigint      NOT NULL,
    -- Nothing is sent before.
    quiet_until         timestamptz,
    dead_in_a_row       int         NOT NULL DEFAULT 0,
    success_time        timestamptz,
    test_time           timestamptz,
    -- One replica at a time serves it. One that dies leaves the lease to its end.
    lease_id            uuid,
    lease_end_time      timestamptz,
    version             bigint      NOT NULL DEFAULT 1,
    create_time         timestamptz NOT NULL,
    update_time         timestamptz NOT NULL
);
CREATE INDEX webhook_owner ON webhook (owner_id, id DESC);

-- Events that a webhook was not told yet, or will not be told: they wait for another attempt, or for one before them of the same subject, or
-- were given up. What was delivered has no row.
CREATE TABLE webhook_delivery (
    webhook_id         uuid        NOT NULL REFERENCES webhook ON DELETE CASCADE,
    event_id           uuid        NOT NULL,
    -- The order of the feed, in which the events of a subject are told.
    ordinal            bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    type               text        NOT NULL,
    subject            text        NOT NULL,
    event_time         timestamptz NOT NULL,
    attempts           int         NOT NULL,
    http_status        int,
    failure            text,
    first_attempt_time timestamptz,
    attempt_time       timestamptz,
    -- Null when it was given up.
    next_attempt_time  timestamptz,
    create_time        timestamptz NOT NULL,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, subject, ordinal) WHERE next_attempt_time IS NOT NULL;
CREATE INDEX webhook_delivery_list ON webhook_delivery (webhook_id, ordinal DESC);
CREATE INDEX webhook_delivery_create_time ON webhook_delivery (create_time);
