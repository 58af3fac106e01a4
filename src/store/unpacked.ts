import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, isKasaneError } from "../lib/mod.ts";
import { type Digest, isDigest } from "../oci/mod.ts";
import { storeError } from "./store-error.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeAside } from "./work-directory.ts";

/** `ROOT/unpacked/<key>/layer.json`: what the directory `fs` beside it is. */
export interface UnpackedLayer {
  readonly diffId: Digest;
  readonly contentSizeBytes: number;
  /** The boot in which it was unpacked; absent once a later one found it whole. */
  readonly bootId?: string;
}

/** undefined for what is not, or not yet, an unpacked layer. */
export async function readUnpacked(directory: string): Promise<UnpackedLayer | undefined> {
  try {
    const layer = JSON.parse(await readFile(join(directory, "layer.json"), "utf8")) as Partial<UnpackedLayer>;
    if (typeof layer.diffId !== "string" || !isDigest(layer.diffId)) return undefined;
    return { ...layer, diffId: layer.diffId, contentSizeBytes: Number(layer.contentSizeBytes) || 0 };
  } catch (error) {
    if (error instanceof SyntaxError || ["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? ""))
      return undefined;
    throw storeError(`read ${directory}`, error);
  }
}

/** Removes unpacked layers whose layer is gone, and what dead processes left half unpacked. Returns the bytes freed. */
export async function removeUnpacked(parts: StoreParts): Promise<number> {
  const directory = join(parts.root, "unpacked");
  let freedBytes = 0;
  for (const name of await readdir(directory)) {
    const layer = await readUnpacked(join(directory, name));
    const isTemporary = name.includes(".");
    if (!isTemporary && layer && (await parts.meta.layers.byDiffId(layer.diffId)).length > 0) continue;
    const claimed = await parts.meta.garbage.claim([`unpacked:${name}`]);
    try {
      if (claimed.length === 0) continue;
      await removeAside(parts.root, parts.lease, join(directory, name));
      freedBytes += layer?.contentSizeBytes ?? 0;
    } catch (error) {
      if (!isLeftForLater(error)) throw error;
    } finally {
      await parts.meta.garbage.settle(claimed);
    }
  }
  return freedBytes;
}

/**
 * True where this process may not remove something, because its files belong to other uids of a user namespace. It is out of
 * the way, in `ROOT/tmp/`, and goes with the next prune from inside that namespace.
 */
export function isLeftForLater(error: unknown): boolean {
  if (!isKasaneError(error, "io")) return false;
  const errno = errnoOf(error.cause);
  return errno === "EACCES" || errno === "EPERM";
}

let boot: string | undefined;

/** Changes with every start of the machine; `unknown` where there is no telling. */
export function bootId(): string {
  try {
    boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    boot = "unknown";
  }
  return boot;
}
