CREATE TABLE person (
    person_id          uuid        PRIMARY KEY,
    name               text        NOT NULL,
    organization_id    uuid        NOT NULL REFERENCES organization,
    sex                text        NOT NULL,
    birth_date         date        NOT NULL,
    education          text        NOT NULL,
    party_join_date    date,
    categories         text[]      NOT NULL,
    -- What identifies or reaches a person: encrypted, hashed with a key for exact search, and masked for answers.
    resident_id_cipher bytea,
    resident_id_hash   bytea,
    resident_id_masked text        NOT NULL,
    phone_cipher       bytea,
    phone_hash         bytea,
    phone_masked       text        NOT NULL,
    effective_date     date        NOT NULL,
    create_time        timestamptz NOT NULL,
    update_time        timestamptz NOT NULL,
    updated_by         text        NOT NULL,
    version            bigint      NOT NULL
);

CREATE INDEX person_organization ON person (organization_id, person_id);
CREATE UNIQUE INDEX person_resident_id ON person (resident_id_hash) WHERE resident_id_hash IS NOT NULL;
CREATE INDEX person_phone ON person (phone_hash) WHERE phone_hash IS NOT NULL;

-- Every state that a person's record was ever in; rows are only ever added.
CREATE TABLE person_history (
    LIKE person,
    PRIMARY KEY (person_id, version)
);

CREATE INDEX person_history_organization ON person_history (organization_id);
