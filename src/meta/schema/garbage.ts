/** Milliseconds since the epoch, as Date.now() says it. */
const now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/**
 * Writes reviews: "look at this again, it was last heard of now". One that waits already starts to wait again. `from` says which rows, as
 * the end of a SELECT.
 */
function review(what: {
  kind: "link" | "manifest" | "object" | "repository";
  repository?: string;
  digest: string;
  reason: string;
  since?: string;
  from?: string;
}): string {
  return `INSERT INTO reviews (repository, digest, kind, since, reason)
    SELECT ${what.repository ?? "''"}, ${what.digest}, '${what.kind}', ${what.since ?? now}, '${what.reason}'
    ${what.from ?? "WHERE true"}
    ON CONFLICT DO UPDATE SET since = max(since, excluded.since), reason = excluded.reason;`;
}

/**
 * What an index or a subject kept in its repository, and the links that a manifest used. `old` is a row of a repository's manifests. They
 * begin to wait now: as long as they were in use, nobody noted who was told that they are there.
 */
function reviewWhatItKept(reason: string): string {
  return [
    review({
      kind: "link",
      repository: "old.repository",
      digest: "e.target",
      reason,
      from: `FROM edges e JOIN repository_blobs b ON b.repository = old.repository AND b.digest = e.target
        WHERE e.source = old.digest`,
    }),
    review({
      kind: "manifest",
      repository: "old.repository",
      digest: "e.target",
      reason,
      from: `FROM edges e JOIN repository_manifests m ON m.repository = old.repository AND m.digest = e.target
        WHERE e.source = old.digest`,
    }),
  ].join("\n");
}

/** A blob or manifest that counts for the first time, or no more. Of several links of a blob the one of the first repository counts in the total. */
function count(row: "old" | "new", sign: "+" | "-"): string {
  return `
    UPDATE repositories SET bytes = bytes ${sign} ${row}.size WHERE name = ${row}.repository;
    UPDATE counters SET value = value ${sign} (${row}.size - coalesce((SELECT size FROM repository_blobs
        WHERE digest = ${row}.digest AND repository > ${row}.repository AND is_counted = 1 ORDER BY repository LIMIT 1), 0))
      WHERE name = 'hosted' AND NOT EXISTS (SELECT 1 FROM repository_blobs
        WHERE digest = ${row}.digest AND repository < ${row}.repository AND is_counted = 1);`;
}

function countManifest(row: "old" | "new", sign: "+" | "-"): string {
  const size = `(SELECT size FROM manifests WHERE digest = ${row}.digest)`;
  return `
    UPDATE repositories SET bytes = bytes ${sign} coalesce(${size}, 0) WHERE name = ${row}.repository;
    UPDATE counters SET value = value ${sign} coalesce(${size}, 0) WHERE name = 'hosted' AND NOT EXISTS (
      SELECT 1 FROM repository_manifests WHERE digest = ${row}.digest AND repository <> ${row}.repository);`;
}

/** What is used now need not be looked at: its review comes back when the manifest goes. `new` is a row of a repository's manifests. */
const settleWhatItUses = `
  DELETE FROM reviews WHERE repository = new.repository AND kind IN ('link', 'manifest')
    AND digest IN (SELECT target FROM edges WHERE source = new.digest AND target <> new.digest);`;

/**
 * Reviews and their triggers, deleted tags, times of pulls, sizes of repositories.
 *
 * What the triggers promise: whatever nothing keeps has a review. A review is written when a thing comes, and when anything goes that
 * kept it; so the collector may forget the review of everything that it finds in use.
 */
export const garbageSchema = `
  CREATE TABLE reviews (
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (repository, digest, kind)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX reviews_by_time ON reviews (kind, since);

  ALTER TABLE repositories ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  -- 0: named only by what was deleted. Its bytes wait for the collector and do not count.
  ALTER TABLE repository_blobs ADD COLUMN is_counted INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE repository_manifests ADD COLUMN pulled_at INTEGER;
  -- What it was pushed as here, where that is not what the bytes were stored as first: bytes need not say their type.
  ALTER TABLE repository_manifests ADD COLUMN media_type TEXT;
  ALTER TABLE repository_tags ADD COLUMN pulled_at INTEGER;

  CREATE TABLE deleted_tags (
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (repository, tag, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deleted_tags_by_digest ON deleted_tags (repository, digest);
  CREATE INDEX deleted_tags_by_expiry ON deleted_tags (expires_at);
  -- Manifests that the API does not show any more and that a tag may bring back: roots until they expire.
  CREATE TABLE deleted_manifests (
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    pushed_at INTEGER NOT NULL,
    media_type TEXT,
    deleted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deleted_manifests_by_digest ON deleted_manifests (digest);
  CREATE INDEX deleted_manifests_by_expiry ON deleted_manifests (expires_at);

  -- What was there before there were reviews.
  INSERT INTO reviews SELECT '', digest, 'object', ${now}, 'there before' FROM blobs;
  INSERT INTO reviews SELECT repository, digest, 'link', ${now}, 'there before' FROM repository_blobs;
  INSERT INTO reviews SELECT repository, digest, 'manifest', ${now}, 'there before' FROM repository_manifests;
  INSERT INTO reviews SELECT name, '', 'repository', ${now}, 'there before' FROM repositories;
  UPDATE repositories SET bytes =
    (SELECT coalesce(sum(size), 0) FROM repository_blobs WHERE repository = name)
    + (SELECT coalesce(sum(m.size), 0) FROM repository_manifests r JOIN manifests m ON m.digest = r.digest WHERE r.repository = name);
  INSERT INTO counters SELECT 'hosted',
    (SELECT coalesce(sum(size), 0) FROM repository_blobs b
      WHERE NOT EXISTS (SELECT 1 FROM repository_blobs o WHERE o.digest = b.digest AND o.repository < b.repository))
    + (SELECT coalesce(sum(size), 0) FROM manifests WHERE digest IN (SELECT digest FROM repository_manifests));

  CREATE TRIGGER review_new_blob AFTER INSERT ON blobs BEGIN
    ${review({ kind: "object", digest: "new.digest", reason: "new" })}
  END;

  CREATE TRIGGER link_made AFTER INSERT ON repository_blobs BEGIN
    ${review({ kind: "link", repository: "new.repository", digest: "new.digest", reason: "pushed" })}
    ${count("new", "+")}
  END;
  CREATE TRIGGER link_made_again AFTER UPDATE OF linked_at ON repository_blobs BEGIN
    ${review({ kind: "link", repository: "new.repository", digest: "new.digest", reason: "pushed again" })}
  END;
  CREATE TRIGGER link_deleted AFTER DELETE ON repository_blobs BEGIN
    DELETE FROM reviews WHERE repository = old.repository AND digest = old.digest AND kind = 'link';
    ${review({ kind: "object", digest: "old.digest", reason: "unlinked" })}
    ${review({ kind: "repository", repository: "old.repository", digest: "''", reason: "unlinked" })}
  END;
  CREATE TRIGGER link_uncounted_by_delete AFTER DELETE ON repository_blobs WHEN old.is_counted = 1 BEGIN ${count("old", "-")}
  END;
  CREATE TRIGGER link_uncounted AFTER UPDATE OF is_counted ON repository_blobs
    WHEN old.is_counted = 1 AND new.is_counted = 0 BEGIN ${count("old", "-")}
  END;
  CREATE TRIGGER link_counted AFTER UPDATE OF is_counted ON repository_blobs
    WHEN old.is_counted = 0 AND new.is_counted = 1 BEGIN ${count("new", "+")}
  END;
  CREATE TRIGGER link_resized AFTER UPDATE OF size ON repository_blobs
    WHEN old.size <> new.size AND new.is_counted = 1 BEGIN
    UPDATE repositories SET bytes = bytes + new.size - old.size WHERE name = new.repository;
    UPDATE counters SET value = value + new.size - old.size WHERE name = 'hosted' AND NOT EXISTS (
      SELECT 1 FROM repository_blobs WHERE digest = new.digest AND repository < new.repository AND is_counted = 1);
  END;

  CREATE TRIGGER manifest_pushed AFTER INSERT ON repository_manifests BEGIN
    ${review({ kind: "manifest", repository: "new.repository", digest: "new.digest", reason: "pushed" })}
    ${settleWhatItUses}
    DELETE FROM deleted_manifests WHERE repository = new.repository AND digest = new.digest;
    ${countManifest("new", "+")}
  END;
  CREATE TRIGGER manifest_pushed_again AFTER UPDATE OF pushed_at ON repository_manifests BEGIN
    ${review({ kind: "manifest", repository: "new.repository", digest: "new.digest", reason: "pushed again" })}
    ${settleWhatItUses}
  END;
  CREATE TRIGGER manifest_deleted AFTER DELETE ON repository_manifests BEGIN
    DELETE FROM reviews WHERE repository = old.repository AND digest = old.digest AND kind = 'manifest';
    ${review({ kind: "object", digest: "old.digest", reason: "manifest deleted" })}
    ${reviewWhatItKept("manifest deleted")}
    ${review({ kind: "repository", repository: "old.repository", digest: "''", reason: "manifest deleted" })}
    ${countManifest("old", "-")}
  END;
  CREATE TRIGGER manifest_expired AFTER DELETE ON deleted_manifests BEGIN
    ${review({ kind: "object", digest: "old.digest", reason: "undo expired", since: "old.deleted_at" })}
    ${reviewWhatItKept("undo expired")}
  END;

  CREATE TRIGGER tag_made AFTER INSERT ON repository_tags BEGIN
    DELETE FROM reviews WHERE repository = new.repository AND digest = new.digest AND kind = 'manifest';
    DELETE FROM deleted_tags WHERE repository = new.repository AND tag = new.tag AND digest = new.digest;
  END;
  CREATE TRIGGER tag_moved AFTER UPDATE OF digest ON repository_tags BEGIN
    ${review({
      kind: "manifest",
      repository: "old.repository",
      digest: "old.digest",
      reason: "tag moved",
      from: "WHERE old.digest <> new.digest",
    })}
    DELETE FROM reviews WHERE repository = new.repository AND digest = new.digest AND kind = 'manifest';
    DELETE FROM deleted_tags WHERE repository = new.repository AND tag = new.tag AND digest = new.digest;
  END;
  CREATE TRIGGER tag_deleted AFTER DELETE ON repository_tags BEGIN
    ${review({
      kind: "manifest",
      repository: "old.repository",
      digest: "old.digest",
      reason: "tag deleted",
      from: "WHERE EXISTS (SELECT 1 FROM repository_manifests WHERE repository = old.repository AND digest = old.digest)",
    })}
  END;
  CREATE TRIGGER tag_expired AFTER DELETE ON deleted_tags BEGIN
    ${review({
      kind: "manifest",
      repository: "old.repository",
      digest: "old.digest",
      reason: "undo expired",
      from: "WHERE EXISTS (SELECT 1 FROM repository_manifests WHERE repository = old.repository AND digest = old.digest)",
    })}
  END;

  CREATE TRIGGER image_deleted AFTER DELETE ON images BEGIN
    ${review({ kind: "object", digest: "old.target", reason: "image removed" })}
  END;
  CREATE TRIGGER container_deleted AFTER DELETE ON containers BEGIN
    ${review({ kind: "object", digest: "old.image", reason: "container removed" })}
  END;
  CREATE TRIGGER cache_forgotten AFTER DELETE ON cache_blobs BEGIN
    ${review({ kind: "object", digest: "old.digest", reason: "build cache removed" })}
  END;
  CREATE TRIGGER hold_ended AFTER DELETE ON lease_keys
    WHEN EXISTS (SELECT 1 FROM blobs WHERE digest = old.key) BEGIN
    ${review({ kind: "object", digest: "old.key", reason: "no longer in use" })}
  END;
  -- settle() forgets the blob first: here are claims that ended and left it.
  CREATE TRIGGER claim_abandoned AFTER DELETE ON claims
    WHEN EXISTS (SELECT 1 FROM blobs WHERE digest = old.key) BEGIN
    ${review({ kind: "object", digest: "old.key", reason: "removal was interrupted" })}
  END;
  CREATE TRIGGER manifest_forgotten AFTER DELETE ON manifests BEGIN
    ${review({
      kind: "object",
      digest: "target",
      reason: "its subject is gone",
      from: "FROM edges WHERE source = old.digest AND target <> old.digest",
    })}
  END;
  CREATE TRIGGER edge_forgotten AFTER DELETE ON edges WHEN old.source = old.manifest BEGIN
    ${review({ kind: "object", digest: "old.target", reason: "its manifest is gone" })}
  END;
`;
