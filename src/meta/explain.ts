import type { Digest } from "../oci/mod.ts";
import { Collection } from "./collection.ts";
import type { Finding, Item, Keeper, Patience } from "./finding.ts";
import { deadLeases } from "./leases.ts";
import type { Review, Verdict } from "./reviews.ts";
import type { Root } from "./roots.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

interface ExplainOptions {
  readonly patience: Patience;
  readonly limit: number;
  readonly everything: boolean;
  readonly after: Review | undefined;
  readonly nowMs: number;
}

/** Inside a read: decides as collect() does and tells. */
export function explain(
  database: SqliteDatabase,
  options: ExplainOptions,
): { verdicts: Verdict[]; next?: Review } {
  const { patience, limit, everything, nowMs } = options;
  const collection = new Collection(database, { patience, nowMs, isExpiredGone: true });
  const page = items(database, options);
  collection.assume(page);
  const isDue = (item: Item) => everything || collection.dueAtMs(item) <= nowMs;
  collection.decide(page.filter(isDue));
  const review = (item: Item): Review => ({
    kind: item.kind,
    repository: item.repository,
    digest: item.digest as Digest,
    reviewAfterMs: collection.dueAtMs(item),
    reason: item.reason,
  });
  const verdicts: Verdict[] = [];
  for (const { item, finding } of collection.findings.values()) {
    if (finding.decision === "absent") continue;
    verdicts.push({
      review: review(item),
      sizeBytes: sizeOf(database, item),
      decision: finding.decision,
      reason: reasonOf(database, item, finding),
    });
  }
  const last = page.length >= limit ? page.at(-1) : undefined;
  return { verdicts, ...(last && { next: review(last) }) };
}

/**
 * Reviews after a key, and what collect() would write reviews of first: what dead leases hold, and what can no longer be brought back.
 * With `everything` also blobs without a review.
 */
function items(database: SqliteDatabase, { everything, after, limit, nowMs }: ExplainOptions): Item[] {
  const dead = JSON.stringify(deadLeases(database));
  return database.all<Item>(
    `SELECT repository, digest, kind, max(since) AS since, reason FROM (
       SELECT repository, digest, kind, since, reason FROM reviews
       UNION ALL SELECT '', key, 'object', ?5, 'no longer in use' FROM lease_keys
         WHERE lease IN (SELECT value FROM json_each(?4)) AND key IN (SELECT digest FROM blobs)
       UNION ALL SELECT '', digest, 'object', deleted_at, 'undo expired' FROM deleted_manifests WHERE expires_at <= ?5
       UNION ALL SELECT d.repository, e.target, 'link', ?5, 'undo expired'
         FROM deleted_manifests d JOIN edges e ON e.source = d.digest WHERE d.expires_at <= ?5
       UNION ALL SELECT d.repository, e.target, 'manifest', ?5, 'undo expired'
         FROM deleted_manifests d JOIN edges e ON e.source = d.digest WHERE d.expires_at <= ?5
       UNION ALL SELECT repository, digest, 'manifest', ?5, 'undo expired' FROM deleted_tags WHERE expires_at <= ?5
       UNION ALL SELECT '', digest, 'object', ?5, 'not in question' FROM blobs
         WHERE ?6 AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.repository = '' AND r.digest = blobs.digest AND r.kind = 'object'))
     WHERE (repository, digest, kind) > (?1, ?2, ?3)
     GROUP BY repository, digest, kind ORDER BY repository, digest, kind LIMIT ?7`,
    after?.repository ?? "",
    after?.digest ?? "",
    after?.kind ?? "",
    dead,
    nowMs,
    everything ? 1 : 0,
    limit,
  );
}

function sizeOf(database: SqliteDatabase, { kind, digest }: Item): number {
  if (kind === "repository") return 0;
  const row = database.first<{ size: number | null }>(
    `SELECT coalesce((SELECT size FROM manifests WHERE digest = ?1),
       (SELECT size FROM repository_blobs WHERE digest = ?1 LIMIT 1), (SELECT size FROM layers WHERE blob = ?1)) AS size`,
    digest,
  );
  return row?.size ?? 0;
}

function reasonOf(database: SqliteDatabase, item: Item, finding: Finding): string {
  if (finding.decision === "remove") return removal(item);
  if (finding.decision === "wait")
    return `${item.reason}: in its grace period until ${time(finding.untilMs)}`;
  if (finding.decision === "absent") return "gone";
  return keeping(database, item, finding.because);
}

function removal({ kind, repository, reason }: Item): string {
  if (kind === "link") return `no manifest of ${repository} names it (${reason})`;
  if (kind === "manifest") return `no tag, index or subject of ${repository} keeps it (${reason})`;
  if (kind === "repository") return "it is empty";
  return `nothing refers to it (${reason})`;
}

function keeping(database: SqliteDatabase, { repository, digest }: Item, because: Keeper): string {
  switch (because.what) {
    case "root":
      return root(database, digest, because.root);
    case "manifest":
      return because.isDeleted
        ? `part of ${because.manifest} in ${repository}, which can be restored`
        : `part of ${because.manifest} in ${repository}`;
    case "tag":
      return `tag ${because.tag} of ${repository} points to ${named(digest, because.manifest)}`;
    case "deleted tag":
      return `deleted tag ${because.tag} of ${repository}, which can be restored until ${time(because.untilMs)}, pointed to ${named(digest, because.manifest)}`;
    case "waiting manifest":
      return `part of ${because.manifest} in ${repository}, which is not decided yet`;
    case "no policy":
      return "manifests without a tag stay: no time was given after which they go";
    case "claimed":
      return "another process is removing it";
    case "contents":
      return "it is not empty";
  }
}

function root(database: SqliteDatabase, digest: string, { at, kind, name }: Root): string {
  const it = named(digest, at);
  const first = <T>(sql: string, ...values: string[]) => database.first<T>(sql, ...values);
  switch (kind) {
    case "link":
      return `${it} is linked in ${name}`;
    case "manifest": {
      const tags = "SELECT tag FROM repository_tags WHERE repository = ? AND digest = ? LIMIT 1";
      const tag = first<{ tag: string }>(tags, name, at)?.tag;
      return tag ? `tag ${tag} of ${name} points to ${it}` : `${it} is a manifest of ${name}`;
    }
    case "image": {
      const names = "SELECT name FROM image_names WHERE target = ? ORDER BY name LIMIT 1";
      return `local image ${first<{ name: string }>(names, at)?.name ?? "without a name"} points to ${it}`;
    }
    case "lease": {
      const purpose = first<{ purpose: string }>("SELECT purpose FROM leases WHERE id = ?", name)?.purpose;
      return `a process (${purpose ?? "unknown"}) uses ${it}`;
    }
    case "container":
      return `container ${name} was made from ${it}`;
    case "cache":
      return `the build cache uses ${it}`;
    case "undo":
      return `${it} was deleted from ${name} and can be restored`;
  }
}

/** The thing itself, or what it is part of. */
function named(digest: string, at: string): string {
  return digest === at ? "it" : `${at}, which it belongs to`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
