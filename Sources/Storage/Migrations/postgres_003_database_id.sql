-- Tells this database from another that took its place; a restore gives a new one.
INSERT INTO meta VALUES ('database_id', replace(gen_random_uuid()::text, '-', ''));
