-- Tells this database from another that took its place; a restore gives a new one.
INSERT INTO meta VALUES ('database_id', lower(hex(randomblob(16))));
