import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect } from "../../lib/mod.ts";
import { type TarEntry, type TarEntryType, type TarInput, writeTar } from "../../tar/mod.ts";

/** A member of a layer with everything a test does not care about left out. */
export interface TestEntry {
  readonly path: string;
  /** Default: `symlink` or `file` by what else is given; a path that ends in a slash is a directory. */
  readonly type?: TarEntryType;
  readonly content?: string;
  /** Target of a symlink, or of a hard link where `type` says so. */
  readonly to?: string;
  readonly mode?: number;
  /** Default: the owner of this process. */
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds. Default: 1000. */
  readonly time?: number;
  readonly device?: readonly [number, number];
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** An uncompressed layer. A string is a member that is only a name: a directory, an empty file or a whiteout. */
export function layerTar(entries: readonly (TestEntry | string)[]): Promise<Uint8Array> {
  const inputs = entries.map((entry) => tarInput(typeof entry === "string" ? { path: entry } : entry));
  return collect(writeTar(inputs), 64 * 1024 * 1024, "the layer");
}

function tarInput(entry: TestEntry): TarInput {
  const type =
    entry.type ?? (entry.to !== undefined ? "symlink" : entry.path.endsWith("/") ? "directory" : "file");
  const content = type === "file" ? Buffer.from(entry.content ?? "") : undefined;
  const member: TarEntry = {
    path: entry.path,
    type,
    mode: entry.mode ?? (type === "directory" ? 0o755 : 0o644),
    uid: entry.uid ?? process.getuid?.() ?? 0,
    gid: entry.gid ?? process.getgid?.() ?? 0,
    sizeBytes: content?.length ?? 0,
    modified: { seconds: entry.time ?? 1000, nanoseconds: 0 },
    ...(entry.to === undefined ? {} : { linkTarget: entry.to }),
    ...(entry.device === undefined ? {} : { deviceMajor: entry.device[0], deviceMinor: entry.device[1] }),
    ...(entry.xattrs === undefined
      ? {}
      : { xattrs: new Map(Object.entries(entry.xattrs).map(([key, value]) => [key, Buffer.from(value)])) }),
  };
  return { entry: member, ...(content === undefined ? {} : { content: [content] }) };
}

/** An empty directory that is gone at the end of the block: `await using directory = temporaryDirectory()`. */
export function temporaryDirectory(): { readonly path: string } & AsyncDisposable {
  const path = mkdtempSync(join(tmpdir(), "kasane-layer-"));
  const dispose = async () => {
    // An ordinary user cannot empty a directory without write permission.
    if (!isRoot) Bun.spawnSync(["chmod", "-R", "u+rwX", path]);
    await rm(path, { recursive: true, force: true });
  };
  return { path, [Symbol.asyncDispose]: dispose };
}

export const isRoot = process.getuid?.() === 0;
