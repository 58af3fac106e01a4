import { lazyProperties } from "../lib/lazily.ts";
import type { Meta } from "./meta.ts";
import { SqliteDatabase } from "./sqlite-database.ts";

/**
 * Opens (and makes, and migrates) the SQLite file at `path`; `:memory:` is a private one that goes with close(). With `readOnly`
 * nothing is made, also no lock files where the file system does not take them; `isShort` is for who reads little, or much of it once.
 *
 * The code of a table is loaded when the table is first asked for: a command uses three or four of them, and all of them take longer to
 * load than such a command runs (20 of 70 ms for `kasane images` from a checkout).
 * @throws KasaneError `io`, `unsupported` for a file that a newer Kasane wrote
 */
export function openSqliteMeta(path: string, options: { readOnly?: boolean; isShort?: boolean } = {}): Meta {
  const db = new SqliteDatabase(path, {
    readOnly: options.readOnly ?? false,
    isShort: options.isShort ?? false,
  });
  return lazyProperties<Meta>({
    manifests: () => (require("./manifests.ts") as typeof import("./manifests.ts")).manifestTable(db),
    images: () => (require("./images.ts") as typeof import("./images.ts")).imageTable(db),
    repositories: () =>
      (require("./repositories.ts") as typeof import("./repositories.ts")).repositoryTable(db),
    layers: () => (require("./layers.ts") as typeof import("./layers.ts")).layerTable(db),
    leases: () => (require("./leases.ts") as typeof import("./leases.ts")).leaseTable(db),
    uploads: () => (require("./uploads.ts") as typeof import("./uploads.ts")).uploadTable(db),
    cache: () => (require("./cache.ts") as typeof import("./cache.ts")).cacheTable(db),
    buildHistory: () =>
      (require("./build-history.ts") as typeof import("./build-history.ts")).buildHistoryTable(db),
    containers: () => (require("./containers.ts") as typeof import("./containers.ts")).containerTable(db),
    garbage: () => (require("./garbage.ts") as typeof import("./garbage.ts")).garbageTable(db),
    reviews: () => (require("./reviews.ts") as typeof import("./reviews.ts")).reviewTable(db),
    robots: () => (require("./robots.ts") as typeof import("./robots.ts")).robotTable(db),
    settings: () => (require("./settings.ts") as typeof import("./settings.ts")).settingTable(db),
    outbox: () => (require("./outbox.ts") as typeof import("./outbox.ts")).outboxTable(db),
    upstreams: () => (require("./upstreams.ts") as typeof import("./upstreams.ts")).upstreamTable(db),
    integrity: () => (require("./integrity.ts") as typeof import("./integrity.ts")).integrityTable(db),
    space: () => (require("./space.ts") as typeof import("./space.ts")).spaceTable(db),
    close: () => () => db.close(),
  });
}
