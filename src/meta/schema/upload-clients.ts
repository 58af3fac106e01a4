/** Whose upload it is, for limits; `received` is since then what it had when a request last ended. */
export const uploadClientsSchema = `
  ALTER TABLE uploads ADD COLUMN client TEXT;
  CREATE INDEX uploads_by_client ON uploads (client, received) WHERE client IS NOT NULL;
`;
