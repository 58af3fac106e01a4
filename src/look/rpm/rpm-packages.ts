import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TreeNode } from "../../layer/mod.ts";
import { collect } from "../../lib/mod.ts";
import { SpoolFile } from "../held-content.ts";
import { type ImageView, readFile } from "../image-view.ts";
import { berkeleyHeaders } from "./read-berkeley.ts";
import { type RpmPackage, readRpmHeader } from "./read-header.ts";
import { ndbHeaders } from "./read-ndb.ts";
import { sqliteHeaders } from "./read-sqlite.ts";
import { RpmError } from "./rpm-error.ts";

/** Where distributions have it, and in what: of several files in a directory, rpm's newest format counts. */
const directories = ["usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"];
const formats = ["rpmdb.sqlite", "Packages.db", "Packages"] as const;

/** Largest database that is read; a full installation of a distribution has a tenth of it. */
const limitBytes = 512 * 1024 * 1024;

/**
 * What rpm says is installed, by name; undefined where there is no database of it.
 * @throws RpmError for a database that cannot be read; KasaneError `limit-exceeded`
 */
export async function rpmPackages(image: ImageView): Promise<RpmPackage[] | undefined> {
  const tree = await image.tree();
  for (const directory of directories) {
    for (const format of formats) {
      const path = `${directory}/${format}`;
      const node = tree.resolve(path, { followLast: true });
      if (node === undefined || (node.target ?? node).entry.type !== "file") continue;
      const log = format === "rpmdb.sqlite" ? tree.resolve(`${path}-wal`, { followLast: true }) : undefined;
      return await readDatabase(image, { path: `/${path}`, format, node, log });
    }
  }
  return undefined;
}

interface DatabaseFile {
  readonly path: string;
  readonly format: (typeof formats)[number];
  readonly node: TreeNode;
  readonly log: TreeNode | undefined;
}

async function readDatabase(image: ImageView, file: DatabaseFile): Promise<RpmPackage[]> {
  try {
    if (file.format === "rpmdb.sqlite") return await readSqlite(image, file);
    const bytes = await collect(readFile(image, file.node), limitBytes, file.path);
    return packagesOf(file.format === "Packages" ? berkeleyHeaders(bytes) : ndbHeaders(bytes));
  } catch (error) {
    if (!(error instanceof RpmError)) throw error;
    throw new RpmError(`${file.path}: ${error.message}`, { cause: error });
  }
}

/** Through a copy on the disk: these are the large ones, and SQLite wants its log beside it. */
async function readSqlite(image: ImageView, { node, log }: DatabaseFile): Promise<RpmPackage[]> {
  const directory = await mkdtemp(join(tmpdir(), "kasane-rpm-"));
  try {
    const path = join(directory, "rpmdb.sqlite");
    await copyOut(image, node, path);
    if (log !== undefined && (log.target ?? log).entry.type === "file")
      await copyOut(image, log, `${path}-wal`);
    return packagesOf(sqliteHeaders(path));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function copyOut(image: ImageView, node: TreeNode, path: string): Promise<void> {
  if ((node.target ?? node).entry.sizeBytes > limitBytes) {
    throw new RpmError(`it is larger than the limit of ${limitBytes} bytes`);
  }
  const copy = await SpoolFile.make(path);
  try {
    for await (const chunk of readFile(image, node)) await copy.write(chunk);
  } finally {
    await copy.close();
  }
}

function packagesOf(headers: Iterable<Uint8Array>): RpmPackage[] {
  const packages = [...headers].map(readRpmHeader);
  return packages.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
