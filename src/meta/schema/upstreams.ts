/**
 * What came from upstream registries: tags and manifests, each with its row among those of its repository. The triggers make the
 * difference between ours and theirs: whatever is pushed or moved by anybody is no longer the upstream's from that very step on, so
 * the mirror writes its own rows last.
 */
export const upstreamsSchema = `
  CREATE TABLE upstream_tags (
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (repository, tag)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE upstream_manifests (
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX upstream_manifests_by_use ON upstream_manifests (used_at, repository, digest);

  CREATE TRIGGER upstream_tag_pushed_over AFTER UPDATE OF digest, tagged_at ON repository_tags BEGIN
    DELETE FROM upstream_tags WHERE repository = new.repository AND tag = new.tag;
  END;
  CREATE TRIGGER upstream_tag_deleted AFTER DELETE ON repository_tags BEGIN
    DELETE FROM upstream_tags WHERE repository = old.repository AND tag = old.tag;
  END;
  CREATE TRIGGER upstream_manifest_pushed AFTER UPDATE OF pushed_at ON repository_manifests BEGIN
    DELETE FROM upstream_manifests WHERE repository = new.repository AND digest = new.digest;
  END;
  CREATE TRIGGER upstream_manifest_deleted AFTER DELETE ON repository_manifests BEGIN
    DELETE FROM upstream_manifests WHERE repository = old.repository AND digest = old.digest;
  END;
`;
