/** Counts whenever what could be read in a hosted repository cannot be read any more, or is something else: what caches of answers watch. */
export const revisionSchema = `
  INSERT INTO counters VALUES ('repositories', 0);
  CREATE TRIGGER revision_after_unlink AFTER DELETE ON repository_blobs BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'repositories';
  END;
  CREATE TRIGGER revision_after_manifest AFTER DELETE ON repository_manifests BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'repositories';
  END;
  CREATE TRIGGER revision_after_retype AFTER UPDATE OF media_type ON repository_manifests
    WHEN old.media_type IS NOT new.media_type BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'repositories';
  END;
  CREATE TRIGGER revision_after_untag AFTER DELETE ON repository_tags BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'repositories';
  END;
  CREATE TRIGGER revision_after_retag AFTER UPDATE OF digest ON repository_tags WHEN old.digest <> new.digest BEGIN
    UPDATE counters SET value = value + 1 WHERE name = 'repositories';
  END;
`;
