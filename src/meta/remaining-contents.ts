import type { Keeper } from "./finding.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** What repositories have, less what has been decided to go. */
export class RemainingContents {
  readonly #database: SqliteDatabase;
  readonly #nowMs: number;
  readonly #gone: { readonly links: ReadonlySet<string>; readonly manifests: ReadonlySet<string> };

  /** Both sets hold `REPOSITORY DIGEST`, and may grow. */
  constructor(
    database: SqliteDatabase,
    options: {
      nowMs: number;
      gone: { readonly links: ReadonlySet<string>; readonly manifests: ReadonlySet<string> };
    },
  ) {
    this.#database = database;
    this.#nowMs = options.nowMs;
    this.#gone = options.gone;
  }

  has(repository: string, manifest: string): boolean {
    if (this.#gone.manifests.has(`${repository} ${manifest}`)) return false;
    const row = "SELECT 1 FROM repository_manifests WHERE repository = ? AND digest = ?";
    return this.#database.first(row, repository, manifest) !== undefined;
  }

  /** It was deleted, and a tag may bring it back. */
  canRestore(repository: string, manifest: string): boolean {
    const row = "SELECT 1 FROM deleted_manifests WHERE repository = ? AND digest = ? AND expires_at > ?";
    return this.#database.first(row, repository, manifest, this.#nowMs) !== undefined;
  }

  /** A tag that points to the manifest, or would if it were restored. */
  tagOf(repository: string, manifest: string): Keeper | undefined {
    const tag = this.#database.first<{ tag: string }>(
      "SELECT tag FROM repository_tags WHERE repository = ? AND digest = ? LIMIT 1",
      repository,
      manifest,
    );
    if (tag) return { what: "tag", tag: tag.tag, manifest };
    const deleted = this.#database.first<{ tag: string; expires_at: number }>(
      "SELECT tag, expires_at FROM deleted_tags WHERE repository = ? AND digest = ? AND expires_at > ? LIMIT 1",
      repository,
      manifest,
      this.#nowMs,
    );
    return deleted && { what: "deleted tag", tag: deleted.tag, manifest, untilMs: deleted.expires_at };
  }

  isEmpty(repository: string): boolean {
    return (
      this.#areGone("repository_manifests", repository, this.#gone.manifests) &&
      this.#areGone("repository_blobs", repository, this.#gone.links)
    );
  }

  /** Nearly always the first row tells; whoever empties a large repository at once reads it once. */
  #areGone(table: string, repository: string, gone: ReadonlySet<string>): boolean {
    return this.#database
      .all<{ digest: string }>(
        `SELECT digest FROM ${table} WHERE repository = ? LIMIT ?`,
        repository,
        gone.size + 1,
      )
      .every(({ digest }) => gone.has(`${repository} ${digest}`));
  }
}
