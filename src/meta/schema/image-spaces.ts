/** An image whose figures are to be counted again: one that has `row` in what it leads to. */
const forget = (row: string) => `
  DELETE FROM image_spaces WHERE target IN (
    SELECT s.target FROM image_contents c JOIN image_spaces s ON s.id = c.space WHERE c.node = ${row});`;

/** Of what a registry is sent, no local image holds anything: one look into the index then, and no statement. */
const forgetAfter = (name: string, event: string, row: string) => `
  CREATE TRIGGER ${name} AFTER ${event} WHEN EXISTS (SELECT 1 FROM image_contents WHERE node = ${row})
  BEGIN ${forget(row)}
  END;`;

/**
 * What local images take, kept from when it was last counted: looking at a thousand of them then touches no manifest and no file. Whoever
 * asks counts those that are not in here; whatever changes what an image leads to takes it out.
 */
export const imageSpacesSchema = `
  -- An image as a whole (manifest is target), and each image manifest of one that is an index.
  CREATE TABLE image_spaces (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL REFERENCES images (target) ON DELETE CASCADE,
    manifest TEXT NOT NULL,
    position INTEGER NOT NULL,
    -- NULL for an index.
    config TEXT,
    platform TEXT,
    transferred INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    unpacked INTEGER NOT NULL,
    UNIQUE (target, manifest)
  ) STRICT;
  -- Everything each of them leads to, here or not: digests, and "diff sha256:…" for what is made from a layer.
  CREATE TABLE image_contents (
    node TEXT NOT NULL,
    space INTEGER NOT NULL REFERENCES image_spaces (id) ON DELETE CASCADE,
    stored INTEGER NOT NULL,
    transferred INTEGER NOT NULL,
    unpacked INTEGER NOT NULL,
    PRIMARY KEY (node, space)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_contents_by_space ON image_contents (space);
  -- Its layers as docker counts them: unpacked, one for each stack of layers it stands on.
  CREATE TABLE image_chains (
    chain TEXT NOT NULL,
    space INTEGER NOT NULL REFERENCES image_spaces (id) ON DELETE CASCADE,
    size INTEGER NOT NULL,
    PRIMARY KEY (chain, space)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX image_chains_by_space ON image_chains (space);
  ${[
    forgetAfter("space_edge_added", "INSERT ON edges", "new.source"),
    forgetAfter("space_edge_removed", "DELETE ON edges", "old.source"),
    forgetAfter("space_blob_added", "INSERT ON blobs", "new.digest"),
    forgetAfter("space_blob_removed", "DELETE ON blobs", "old.digest"),
    forgetAfter("space_layer_known", "INSERT ON layers", "new.blob"),
    forgetAfter("space_layer_forgotten", "DELETE ON layers", "old.blob"),
  ].join("")}
`;
