/**
 * Counts removals that have ended, well or not. Who stored a blob without holding it sees by this whether one came between: that the blob is
 * noted and not being removed says nothing, as others may have noted it anew since.
 */
export const claimEndsSchema = `
  INSERT INTO counters VALUES ('claim ends', 0);
  CREATE TRIGGER claim_end_counted AFTER DELETE ON claims BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'claim ends';
  END;
`;
