-- The store of content keys, in its own database: deleting a row here erases a patient's texts
-- everywhere, backups of the main database included.
CREATE TABLE IF NOT EXISTS content_key (
    id uuid PRIMARY KEY,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
REVOKE ALL ON content_key FROM PUBLIC;
GRANT SELECT, INSERT, DELETE ON content_key TO teleconseil_app;
