CREATE TABLE appointment (
    appointment_id  uuid        PRIMARY KEY,
    person_id       uuid        NOT NULL REFERENCES person,
    organization_id uuid        NOT NULL REFERENCES organization,
    position        text        NOT NULL,
    source          text        NOT NULL,
    -- First and last day are both days in office; no last day while none is known.
    start_date      date        NOT NULL,
    end_date        date        CHECK (end_date >= start_date),
    end_reason      text        NOT NULL,
    end_remark      text        NOT NULL,
    create_time     timestamptz NOT NULL,
    update_time     timestamptz NOT NULL,
    updated_by      text        NOT NULL,
    version         bigint      NOT NULL
);

CREATE INDEX appointment_organization ON appointment (organization_id, position);
CREATE INDEX appointment_person ON appointment (person_id);

-- Every state of an appointment; rows are only ever added.
CREATE TABLE appointment_history (
    LIKE appointment,
    PRIMARY KEY (appointment_id, version)
);
