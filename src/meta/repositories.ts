import { deletedTags } from "./deleted-tags.ts";
import type { RepositoryTable } from "./meta.ts";
import { refuseBeyond, usageOf } from "./quota.ts";
import { repositoryBlobs } from "./repository-blobs.ts";
import { repositoryManifests } from "./repository-manifests.ts";
import { repositoryTags } from "./repository-tags.ts";
import { repositoryRevision } from "./revision.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Lists are in byte order ("ASCIIbetical" in the distribution specification), pages start after a key and not at a number. */
export function repositoryTable(database: SqliteDatabase): RepositoryTable {
  return {
    async list({ after = "", limit }) {
      return database
        .all<{ name: string }>(
          "SELECT name FROM repositories WHERE name > ? ORDER BY name LIMIT ?",
          after,
          limit,
        )
        .map((row) => row.name);
    },
    revision: repositoryRevision(database),
    async exists(repository) {
      return database.first("SELECT 1 FROM repositories WHERE name = ?", repository) !== undefined;
    },
    async usage(repository) {
      return usageOf(database, repository);
    },
    async checkRoom(repository, blob, { quota }) {
      refuseBeyond(database, { repository, quota }, blob);
    },
    ...repositoryBlobs(database),
    ...repositoryManifests(database),
    ...repositoryTags(database),
    ...deletedTags(database),
  };
}
