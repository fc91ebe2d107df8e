-- Grid nodes (网格) and who is on duty in them. A node's parent is the prefix of its code; below a node is a range of codes.
CREATE TABLE node (
    code           text        COLLATE "C" PRIMARY KEY CHECK (code ~ '^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15})$'),
    name           text        NOT NULL,
    head_person_id uuid,
    version        bigint      NOT NULL,
    create_time    timestamptz NOT NULL,
    update_time    timestamptz NOT NULL
);

CREATE TABLE node_history (
    code           text        COLLATE "C" NOT NULL,
    version        bigint      NOT NULL,
    name           text        NOT NULL,
    head_person_id uuid,
    actor_id       text        NOT NULL,
    change_time    timestamptz NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE duty (
    duty_id        uuid        PRIMARY KEY,
    node_code      text        COLLATE "C" NOT NULL REFERENCES node (code),
    person_id      uuid        NOT NULL,
    role           text        NOT NULL,
    start_time     timestamptz NOT NULL,
    end_time       timestamptz,
    -- The appointment in cadre that the duty follows; null for one assigned by hand.
    appointment_id uuid,
    version        bigint      NOT NULL
);
CREATE UNIQUE INDEX duty_current ON duty (node_code, role, person_id) WHERE end_time IS NULL;
CREATE UNIQUE INDEX duty_one_head ON duty (node_code) WHERE role = 'head' AND end_time IS NULL;
CREATE INDEX duty_list ON duty (node_code, duty_id);
CREATE INDEX duty_person ON duty (person_id);

-- What cadre told about appointments that head a place; a read copy, the newest sequence wins.
CREATE TABLE appointment_copy (
    appointment_id uuid   PRIMARY KEY,
    person_id      uuid   NOT NULL,
    place_code     text   COLLATE "C" NOT NULL,
    heads_place    bool   NOT NULL,
    start_date     date   NOT NULL,
    end_date       date,
    sequence       bigint NOT NULL
);
CREATE INDEX appointment_copy_place ON appointment_copy (place_code) WHERE heads_place;
