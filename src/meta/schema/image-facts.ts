/** What lists, filters and lookups ask of an image, so that they read neither its manifest nor its config. */
export const imageFactsSchema = `
  -- 0: of a store older than this table; described by whoever asks first.
  ALTER TABLE images ADD COLUMN is_described INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX images_undescribed ON images (target) WHERE is_described = 0;

  -- The image manifests that a local image leads to and that are here: itself, or children of its index.
  CREATE TABLE image_manifests (
    target TEXT NOT NULL REFERENCES images (target) ON DELETE CASCADE,
    manifest TEXT NOT NULL REFERENCES manifests (digest) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    config TEXT NOT NULL,
    platform TEXT NOT NULL,
    created_at INTEGER,
    content_size INTEGER NOT NULL,
    labels TEXT NOT NULL,
    PRIMARY KEY (target, manifest)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_manifests_by_manifest ON image_manifests (manifest);
  CREATE INDEX image_manifests_by_config ON image_manifests (config);
`;
