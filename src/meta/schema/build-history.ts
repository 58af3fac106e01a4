/** What builds did, and what decided the results of their steps: for those who ask why a step ran. Nothing lives by it. */
export const buildHistorySchema = `
  CREATE TABLE step_inputs (
    key TEXT PRIMARY KEY,
    place TEXT NOT NULL,
    text TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    parts TEXT NOT NULL,
    -- Last: most who read a row do not want it.
    files BLOB
  ) STRICT;
  CREATE INDEX step_inputs_by_place ON step_inputs (place, recorded_at);
  CREATE INDEX step_inputs_by_text ON step_inputs (text, recorded_at);
  CREATE INDEX step_inputs_by_time ON step_inputs (recorded_at);

  CREATE TABLE builds (
    id TEXT PRIMARY KEY,
    started_at INTEGER NOT NULL,
    image TEXT,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX builds_by_time ON builds (started_at);
  CREATE INDEX builds_by_image ON builds (image, started_at) WHERE image IS NOT NULL;
`;
