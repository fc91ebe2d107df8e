-- Statistics that do not count every case: what changed of a case lies in case_delta until grid adds it to the counts. One row for each case
-- as it was (weight -1) and as it became (weight 1); the counts are sums over them, so the order does not matter. A trigger writes them, so
-- that nobody who writes a case can forget to: not a release before this one either.
CREATE TABLE case_delta (
    report_time  timestamptz,
    accept_time  timestamptz,
    handle_due   timestamptz,
    handle_time  timestamptz,
    verify_due   timestamptz,
    verify_time  timestamptz,
    close_time   timestamptz,
    suspend_time timestamptz,
    void_time    timestamptz,
    rate_time    timestamptz,
    -- When the case was sent back; then the others are null.
    fail_time    timestamptz,
    delta_time   timestamptz NOT NULL DEFAULT now(),
    weight       smallint    NOT NULL,
    rating       smallint    NOT NULL,
    node_code    text        COLLATE "C" NOT NULL,
    category     text        COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0);

CREATE FUNCTION note_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO case_delta (report_time, accept_time, handle_due, handle_time, verify_due, verify_time, close_time, suspend_time, void_time, rate_time, weight, rating, node_code, category)
        VALUES (OLD.report_time, OLD.accept_time, OLD.handle_due, OLD.handle_time, OLD.verify_due, OLD.verify_time, OLD.close_time, OLD.suspend_time, OLD.void_time, OLD.rate_time, -1, OLD.rating, OLD.node_code, OLD.category);
    END IF;
    INSERT INTO case_delta (report_time, accept_time, handle_due, handle_time, verify_due, verify_time, close_time, suspend_time, void_time, rate_time, weight, rating, node_code, category)
    VALUES (NEW.report_time, NEW.accept_time, NEW.handle_due, NEW.handle_time, NEW.verify_due, NEW.verify_time, NEW.close_time, NEW.suspend_time, NEW.void_time, NEW.rate_time, 1, NEW.rating, NEW.node_code, NEW.category);
    RETURN NULL;
END
$$;
CREATE TRIGGER grid_case_added AFTER INSERT ON grid_case FOR EACH ROW EXECUTE FUNCTION note_case();
CREATE TRIGGER grid_case_moved AFTER UPDATE ON grid_case FOR EACH ROW
    WHEN ((OLD.report_time, OLD.accept_time, OLD.handle_due, OLD.handle_time, OLD.verify_due, OLD.verify_time, OLD.close_time, OLD.suspend_time, OLD.void_time, OLD.rate_time, OLD.rating, OLD.node_code, OLD.category)
        IS DISTINCT FROM (NEW.report_time, NEW.accept_time, NEW.handle_due, NEW.handle_time, NEW.verify_due, NEW.verify_time, NEW.close_time, NEW.suspend_time, NEW.void_time, NEW.rate_time, NEW.rating, NEW.node_code, NEW.category))
    EXECUTE FUNCTION note_case();

CREATE FUNCTION note_case_sent_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO case_delta (fail_time, weight, rating, node_code, category)
    SELECT NEW.step_time, 1, 0, node_code, category FROM grid_case WHERE case_id = NEW.case_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER case_step_sent_back AFTER INSERT ON case_step FOR EACH ROW WHEN (NEW.verb = 'fail') EXECUTE FUNCTION note_case_sent_back();

-- The places that have counts. The places below one get theirs when it has had many cases; until then their cases are counted one by one.
CREATE TABLE counted_place (
    -- Empty for all places together.
    place  text   COLLATE "C" PRIMARY KEY,
    parent text   COLLATE "C",
    cases  bigint NOT NULL,
    -- Whether the places below it have counts.
    split  bool   NOT NULL
);
CREATE INDEX counted_place_parent ON counted_place (parent);
CREATE INDEX counted_place_cases ON counted_place (cases) WHERE NOT split;

-- What happened in a place on a day of Asia/Shanghai, or in a month, in all categories together and in each.
CREATE TABLE case_count (
    place            text COLLATE "C" NOT NULL,
    by_category      bool NOT NULL,
    monthly          bool NOT NULL,
    start            date NOT NULL,
    -- Empty where all are together.
    category         text COLLATE "C" NOT NULL,
    reported         int  NOT NULL,
    accepted         int  NOT NULL,
    voided           int  NOT NULL,
    closed           int  NOT NULL,
    closed_on_time   int  NOT NULL,
    rework           int  NOT NULL,
    to_verify        int  NOT NULL,
    verified_on_time int  NOT NULL,
    rated            int  NOT NULL,
    rating_sum       int  NOT NULL,
    -- Of these two the sum over all days until one is the number on that day.
    overdue          int  NOT NULL,
    suspended        int  NOT NULL,
    PRIMARY KEY (place, by_category, monthly, start, category)
) WITH (fillfactor = 80);

-- How long the cases took that were closed then: the classes of time that occurred, with the number of cases and the sum of their times in each.
CREATE TABLE case_hours (
    place       text       COLLATE "C" NOT NULL,
    by_category bool       NOT NULL,
    monthly     bool       NOT NULL,
    start       date       NOT NULL,
    category    text       COLLATE "C" NOT NULL,
    classes     smallint[] NOT NULL,
    numbers     int[]      NOT NULL,
    micros      bigint[]   NOT NULL,
    PRIMARY KEY (place, by_category, monthly, start, category)
) WITH (fillfactor = 80);

-- Also what is handled and not verified yet: who counts what is overdue now leaves out what is due later today.
CREATE INDEX grid_case_open_due ON grid_case (handle_due) WHERE state IN (2, 3, 4, 6) AND NOT handle_overdue_raised;
DROP INDEX grid_case_handle_due;
