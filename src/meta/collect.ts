import type { Digest } from "../oci/mod.ts";
import { insertClaims } from "./claims.ts";
import { Collection } from "./collection.ts";
import type { Item, Patience } from "./finding.ts";
import { isAlive } from "./leases.ts";
import type { Collected } from "./reviews.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Inside a write: one step of the collector. Rows go, blobs are claimed; what waits for its time is not looked at. */
export function collect(
  database: SqliteDatabase,
  options: { patience: Patience; limit: number; nowMs: number },
): Collected {
  const { patience, limit, nowMs } = options;
  const expired = removeDead(database, { nowMs, limit });
  const items = dueItems(database, { patience, limit, nowMs });
  const collection = new Collection(database, { patience, nowMs });
  collection.decide(items);
  return { reviewed: items.length + expired, ...carryOut(database, collection) };
}

/** Oldest first. Manifests are asked for only where a policy decides on them: until then their reviews keep. */
function dueItems(
  database: SqliteDatabase,
  { patience, limit, nowMs }: { patience: Patience; limit: number; nowMs: number },
): Item[] {
  const items: Item[] = [];
  const add = (kind: Item["kind"], waitMs: number) => {
    items.push(
      ...database.all<Item>(
        "SELECT kind, repository, digest, since, reason FROM reviews WHERE kind = ? AND since <= ? ORDER BY since LIMIT ?",
        kind,
        nowMs - waitMs,
        limit - items.length,
      ),
    );
  };
  if (patience.untaggedMs !== undefined) add("manifest", patience.untaggedMs);
  add("link", patience.linkMs);
  add("object", patience.objectMs);
  add("repository", patience.linkMs);
  return items;
}

/** Leases and claims of the dead, and what can no longer be brought back. Triggers write the reviews of what these kept. */
function removeDead(database: SqliteDatabase, { nowMs, limit }: { nowMs: number; limit: number }): number {
  const leases = database.all<{ id: string; owner: string; expires_at: number }>(
    "SELECT id, owner, expires_at FROM leases",
  );
  for (const lease of leases) if (!isAlive(lease)) database.run("DELETE FROM leases WHERE id = ?", lease.id);
  const claims = database.all<{ key: string; owner: string; expires_at: number }>("SELECT * FROM claims");
  for (const claim of claims)
    if (!isAlive(claim)) database.run("DELETE FROM claims WHERE key = ?", claim.key);
  const tags = database.run(
    `DELETE FROM deleted_tags WHERE (repository, tag, digest) IN
       (SELECT repository, tag, digest FROM deleted_tags WHERE expires_at <= ? LIMIT ?)`,
    nowMs,
    limit,
  );
  return (
    tags +
    database.run(
      `DELETE FROM deleted_manifests WHERE (repository, digest) IN
         (SELECT repository, digest FROM deleted_manifests WHERE expires_at <= ? LIMIT ?)`,
      nowMs,
      limit,
    )
  );
}

function carryOut(database: SqliteDatabase, collection: Collection): Omit<Collected, "reviewed"> {
  const removed = { object: [] as string[], link: 0, manifest: 0, repository: [] as string[] };
  const diffIds = new Set<string>();
  for (const { item, finding } of collection.findings.values()) {
    if (finding.decision !== "remove") continue;
    if (item.kind === "object") removed.object.push(item.digest);
    else if (item.kind === "repository") removed.repository.push(item.repository);
    else removed[item.kind] += removeRow(database, item);
  }
  for (const repository of removed.repository)
    database.run("DELETE FROM repositories WHERE name = ?", repository);
  for (const digest of collection.gone.objects) {
    database.run("DELETE FROM manifests WHERE digest = ?", digest);
    const layer = database.first<{ diff_id: string }>(
      "DELETE FROM layers WHERE blob = ? RETURNING diff_id",
      digest,
    );
    if (layer) diffIds.add(layer.diff_id);
  }
  // Triggers have written reviews of what went along: those are decided here already.
  for (const { item, finding } of collection.findings.values()) {
    if (finding.decision === "wait" && item.kind === "manifest") startAgain(database, item);
    const isOpen =
      finding.decision === "wait" || (finding.decision === "keep" && finding.because.what === "no policy");
    if (isOpen) continue;
    database.run(
      "DELETE FROM reviews WHERE repository = ? AND digest = ? AND kind = ?",
      item.repository,
      item.digest,
      item.kind,
    );
  }
  for (const { kind, repository, digest, since, reason } of collection.restarted) {
    database.run(
      "INSERT INTO reviews (repository, digest, kind, since, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET since = excluded.since",
      repository,
      digest,
      kind,
      since,
      reason,
    );
  }
  const unused = [...diffIds].filter(
    (diffId) => !database.first("SELECT 1 FROM layers WHERE diff_id = ?", diffId),
  );
  return {
    blobs: insertClaims(database, removed.object) as Digest[],
    diffIds: unused as Digest[],
    manifests: removed.manifest,
    links: removed.link,
  };
}

/** A trigger has let it start to wait all over; the collection knows better. */
function startAgain(database: SqliteDatabase, { repository, digest, since }: Item): void {
  database.run(
    "UPDATE reviews SET since = ? WHERE repository = ? AND digest = ? AND kind = 'manifest'",
    since,
    repository,
    digest,
  );
}

function removeRow(database: SqliteDatabase, { kind, repository, digest }: Item): number {
  const table = kind === "link" ? "repository_blobs" : "repository_manifests";
  return database.run(`DELETE FROM ${table} WHERE repository = ? AND digest = ?`, repository, digest);
}
