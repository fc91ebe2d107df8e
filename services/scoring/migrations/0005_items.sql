-- Assigned items (交办事项).
CREATE TABLE item (
    id             uuid        PRIMARY KEY,
    place_code     text        COLLATE "C" NOT NULL,
    kind           text        NOT NULL,
    subject_id     text        COLLATE "C" NOT NULL,
    title          text        NOT NULL,
    division       text        NOT NULL,
    difficulty     int         NOT NULL CHECK (difficulty BETWEEN 1 AND 5),
    due_time       timestamptz NOT NULL,
    state          text        NOT NULL CHECK (state IN ('assigned', 'handed_in', 'verified', 'cancelled')),
    result         text        CHECK (result IN ('on_time', 'late', 'not_done')),
    assigner_id    text        NOT NULL,
    assign_time    timestamptz NOT NULL,
    hand_in_id     text        NOT NULL DEFAULT '',
    hand_in_remark text        NOT NULL DEFAULT '',
    hand_in_time   timestamptz,
    closer_id      text        NOT NULL DEFAULT '',
    close_remark   text        NOT NULL DEFAULT '',
    close_time     timestamptz,
    revision       bigint      NOT NULL,
    CHECK ((state = 'verified') = (result IS NOT NULL))
);
CREATE INDEX item_place ON item (place_code, id);
CREATE INDEX item_subject ON item (kind, subject_id, id);
