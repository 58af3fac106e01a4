/** When each name was given, which retention goes by; and how often a result of a build was used. */
export const usageSchema = `
  -- Absent for names that an older version gave: the image's own time stands for it.
  ALTER TABLE image_names ADD COLUMN tagged_at INTEGER;
  -- Its making is the first use.
  ALTER TABLE cache ADD COLUMN uses INTEGER NOT NULL DEFAULT 1;
`;
