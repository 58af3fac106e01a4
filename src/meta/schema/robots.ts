/** Robot accounts, and settings that all processes share. */
export const robotsSchema = `
  CREATE TABLE robots (
    name TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    rights TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    disabled_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counters VALUES ('robots', 0);
`;
