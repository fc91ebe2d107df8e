-- Counts are kept of the same levels of places everywhere (docs/statistics.md). A level is listed once all its places are counted; until
-- then their cases are counted one by one. Grid counts them in the background after this migration.
CREATE TABLE counted_level (
    -- Digits of the places' codes: 0 is all places together.
    length int PRIMARY KEY
);
-- The places with counts, by the place of the level above that they lie in.
CREATE TABLE place_with_counts (
    parent text COLLATE "C" NOT NULL,
    place  text COLLATE "C" NOT NULL,
    PRIMARY KEY (parent, place)
);
TRUNCATE case_count, case_hours;

-- A replica of the version before takes it that no place is counted, so it counts every case; and it cannot add to counts that it would
-- double, since nothing can be written to this view. Drop it in the next release.
DROP TABLE counted_place;
CREATE VIEW counted_place AS SELECT ''::text COLLATE "C" AS place, NULL::text COLLATE "C" AS parent, 0::bigint AS cases, false AS split WHERE false;
