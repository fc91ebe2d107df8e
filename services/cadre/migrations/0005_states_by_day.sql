-- States on a day: the last one that had begun, or the first of all where none had.
CREATE FUNCTION organization_on(day date) RETURNS SETOF organization_history LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (organization_id) *
    FROM organization_history
    ORDER BY organization_id, effective_date > day, CASE WHEN effective_date > day THEN version ELSE -version END
$$;

CREATE FUNCTION person_on(day date) RETURNS SETOF person_history LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (person_id) *
    FROM person_history
    ORDER BY person_id, effective_date > day, CASE WHEN effective_date > day THEN version ELSE -version END
$$;
