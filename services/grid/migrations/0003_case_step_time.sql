-- The newest steps, which watchers are told of. Steps are only added, in the order of their times.
CREATE INDEX case_step_newest ON case_step USING brin (step_time) WITH (pages_per_range = 16, autosummarize = on);
