-- Events of imports are large, and lz4 compresses them several times as fast as the default. A PostgreSQL that was built without it goes on as before.
DO $$
BEGIN
    ALTER TABLE outbox ALTER COLUMN data_json SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
