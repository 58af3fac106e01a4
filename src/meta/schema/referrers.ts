/** What a list of referrers calls the type of one. */
const artifactType = "coalesce(artifact_type, parts ->> '$.config.mediaType')";

/**
 * Which manifests of a repository refer to a subject, in the order in which they are listed. Whoever may push somewhere decides how many
 * manifests name a subject there; lists of other repositories, and of other types, are not to walk over those.
 */
export const referrersSchema = `
  CREATE TABLE referrers (
    repository TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest TEXT NOT NULL,
    artifact_type TEXT,
    PRIMARY KEY (repository, subject, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX referrers_by_type ON referrers (repository, subject, artifact_type, digest);
  DROP INDEX manifests_by_subject;
  INSERT INTO referrers SELECT repository, subject, m.digest, ${artifactType}
    FROM manifests m JOIN repository_manifests r ON r.digest = m.digest WHERE subject IS NOT NULL;

  CREATE TRIGGER referrer_made AFTER INSERT ON repository_manifests
    WHEN (SELECT subject FROM manifests WHERE digest = new.digest) IS NOT NULL BEGIN
    INSERT OR REPLACE INTO referrers SELECT new.repository, subject, digest, ${artifactType}
      FROM manifests WHERE digest = new.digest;
  END;
  CREATE TRIGGER referrer_deleted AFTER DELETE ON repository_manifests
    WHEN (SELECT subject FROM manifests WHERE digest = old.digest) IS NOT NULL BEGIN
    DELETE FROM referrers WHERE repository = old.repository AND digest = old.digest
      AND subject = (SELECT subject FROM manifests WHERE digest = old.digest);
  END;
  CREATE TRIGGER referrer_repaired AFTER UPDATE OF subject, artifact_type, parts ON manifests BEGIN
    DELETE FROM referrers WHERE subject = old.subject AND digest = old.digest
      AND repository IN (SELECT repository FROM repository_manifests WHERE digest = old.digest);
    INSERT OR REPLACE INTO referrers SELECT repository, subject, m.digest, ${artifactType}
      FROM manifests m JOIN repository_manifests r ON r.digest = m.digest
      WHERE m.digest = new.digest AND subject IS NOT NULL;
  END;
`;
