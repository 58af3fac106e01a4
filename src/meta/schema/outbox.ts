/** Notifications on their way. `id` is the order they were made in; `owner` is who is sending them now. */
export const outboxSchema = `
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    owner TEXT,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_endpoint ON outbox (endpoint, id);
`;
