/** Blobs, manifests, images, repositories, leases, containers: what the first version had. */
export const storeSchema = `
  -- "bytes" stands last: SQLite reads the columns before it without touching the pages it spills to.
  CREATE TABLE manifests (
    digest TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    artifact_type TEXT,
    subject TEXT,
    size INTEGER NOT NULL,
    parts TEXT NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX manifests_by_subject ON manifests (subject, digest) WHERE subject IS NOT NULL;

  -- "source lives, so target lives", said by a manifest: its config, layers and children; and itself, while its subject lives.
  CREATE TABLE edges (
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    manifest TEXT NOT NULL REFERENCES manifests (digest) ON DELETE CASCADE,
    PRIMARY KEY (source, target, manifest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX edges_by_target ON edges (target, source);
  CREATE INDEX edges_by_manifest ON edges (manifest);

  CREATE TABLE images (
    target TEXT PRIMARY KEY REFERENCES manifests (digest),
    stored_at INTEGER NOT NULL,
    built_at INTEGER,
    tagged_at INTEGER
  ) STRICT;
  CREATE TABLE image_names (
    name TEXT PRIMARY KEY,
    target TEXT NOT NULL REFERENCES images (target) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_names_by_target ON image_names (target);
  CREATE TABLE image_digests (
    name TEXT PRIMARY KEY,
    target TEXT NOT NULL REFERENCES images (target) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_digests_by_target ON image_digests (target);
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO counters VALUES ('images', 0);

  CREATE TABLE repositories (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE repository_blobs (
    repository TEXT NOT NULL REFERENCES repositories (name) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX repository_blobs_by_digest ON repository_blobs (digest);
  CREATE TABLE repository_manifests (
    repository TEXT NOT NULL REFERENCES repositories (name) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES manifests (digest),
    pushed_at INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX repository_manifests_by_digest ON repository_manifests (digest);
  CREATE TABLE repository_tags (
    repository TEXT NOT NULL,
    tag TEXT NOT NULL,
    digest TEXT NOT NULL,
    tagged_at INTEGER NOT NULL,
    PRIMARY KEY (repository, tag),
    FOREIGN KEY (repository, digest) REFERENCES repository_manifests (repository, digest) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX repository_tags_by_digest ON repository_tags (repository, digest);

  CREATE TABLE layers (
    blob TEXT PRIMARY KEY,
    diff_id TEXT NOT NULL,
    tar_size INTEGER NOT NULL,
    content_size INTEGER NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL
  ) STRICT;
  CREATE INDEX layers_by_diff_id ON layers (diff_id);

  CREATE TABLE leases (
    id TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE lease_keys (
    lease TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (lease, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lease_keys_by_key ON lease_keys (key);
  CREATE TABLE lease_locks (
    key TEXT PRIMARY KEY,
    lease TEXT NOT NULL REFERENCES leases (id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX lease_locks_by_lease ON lease_locks (lease);

  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    received INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX uploads_by_start ON uploads (started_at);

  CREATE TABLE cache (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE cache_blobs (
    key TEXT NOT NULL REFERENCES cache (key) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (key, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX cache_blobs_by_digest ON cache_blobs (digest);

  CREATE TABLE containers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    image TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX containers_by_image ON containers (image);

  -- Every blob that may be in storage: noted before its bytes become visible, removed after they are gone.
  CREATE TABLE blobs (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  -- What a process is removing right now.
  CREATE TABLE claims (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
