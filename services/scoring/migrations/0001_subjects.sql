-- Read copies of whom scoring can give points to, kept by the events of cadre and grid; the highest sequence wins.
CREATE TABLE subject (
    kind       text   NOT NULL CHECK (kind IN ('person', 'organization', 'grid_node')),
    id         text   COLLATE "C" NOT NULL,
    name       text   NOT NULL,
    place_code text   COLLATE "C" NOT NULL,
    sequence   bigint NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX subject_id ON subject (id);

-- Which groups a subject belongs to, where and when: categories, duty roles, positions, kinds, levels.
-- A membership may arrive before its subject; it counts once the subject is known.
CREATE TABLE membership (
    kind       text   NOT NULL,
    subject_id text   COLLATE "C" NOT NULL,
    -- self (category, kind, level), duty or appointment; with source_id, what the membership comes from.
    source     text   NOT NULL,
    source_id  text   NOT NULL,
    group_name text   NOT NULL,
    place_code text   COLLATE "C" NOT NULL,
    from_day   date,
    until_day  date,
    sequence   bigint NOT NULL,
    PRIMARY KEY (kind, subject_id, source, source_id)
);
CREATE INDEX membership_group ON membership (kind, group_name, place_code);
