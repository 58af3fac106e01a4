import { buildHistoryTable } from "./build-history.ts";
import { cacheTable } from "./cache.ts";
import { containerTable } from "./containers.ts";
import { garbageTable } from "./garbage.ts";
import { imageTable } from "./images.ts";
import { integrityTable } from "./integrity.ts";
import { layerTable } from "./layers.ts";
import { leaseTable } from "./leases.ts";
import { manifestTable } from "./manifests.ts";
import type { Meta } from "./meta.ts";
import { outboxTable } from "./outbox.ts";
import { repositoryTable } from "./repositories.ts";
import { reviewTable } from "./reviews.ts";
import { robotTable } from "./robots.ts";
import { settingTable } from "./settings.ts";
import { spaceTable } from "./space.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { uploadTable } from "./uploads.ts";
import { upstreamTable } from "./upstreams.ts";

/**
 * Opens (and makes, and migrates) the SQLite file at `path`; `:memory:` is a private one that goes with close(). With `readOnly`
 * nothing is made, also no lock files where the file system does not take them.
 * @throws KasaneError `io`, `unsupported` for a file that a newer Kasane wrote
 */
export function openSqliteMeta(path: string, options: { readOnly?: boolean } = {}): Meta {
  const database = new SqliteDatabase(path, { readOnly: options.readOnly ?? false });
  return {
    manifests: manifestTable(database),
    images: imageTable(database),
    repositories: repositoryTable(database),
    layers: layerTable(database),
    leases: leaseTable(database),
    uploads: uploadTable(database),
    cache: cacheTable(database),
    buildHistory: buildHistoryTable(database),
    containers: containerTable(database),
    garbage: garbageTable(database),
    reviews: reviewTable(database),
    robots: robotTable(database),
    settings: settingTable(database),
    outbox: outboxTable(database),
    upstreams: upstreamTable(database),
    integrity: integrityTable(database),
    space: spaceTable(database),
    close: () => database.close(),
  };
}
