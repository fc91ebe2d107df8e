-- Which leader or unit helps which village, and from when to when.
CREATE TABLE liaison (
    liaison_id  uuid        PRIMARY KEY,
    place_code  text        COLLATE "C" NOT NULL,
    helper_kind text        NOT NULL,
    helper_name text        NOT NULL,
    start_date  date        NOT NULL,
    end_date    date        CHECK (end_date >= start_date),
    end_reason  text        NOT NULL,
    update_time timestamptz NOT NULL,
    version     bigint      NOT NULL
);

CREATE INDEX liaison_place ON liaison (place_code, liaison_id);
-- A village has at most one helper at a time.
CREATE UNIQUE INDEX liaison_in_force ON liaison (place_code) WHERE end_date IS NULL;
