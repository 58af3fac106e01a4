import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type EntryLine, lineOf } from "../layer/layer-index-file.ts";
import type { LayerIndex } from "../layer/mod.ts";
import { errnoOf } from "../lib/mod.ts";
import { type Digest, isDigest } from "../oci/mod.ts";
import { removeUnclaimed } from "./remove-unclaimed.ts";
import { unpackedBytes } from "./space/file-sizes.ts";
import { storeError } from "./store-error.ts";
import type { StoreParts } from "./store-parts.ts";

/** `ROOT/unpacked/<key>/layer.json`: what the directory `fs` beside it is. */
export interface UnpackedLayer {
  readonly diffId: Digest;
  readonly contentSizeBytes: number;
  /** What is in `fs`, once somebody asked: see FileSizes. */
  readonly filesSizeBytes?: number;
  /** The boot in which it was unpacked; absent once a later one found it whole. */
  readonly bootId?: string;
  /** What it says of the root directory; null where nothing. */
  readonly root?: EntryLine | null;
}

export function rootLineOf({ entries }: LayerIndex): EntryLine | null {
  const root = entries.findLast(({ path }) => path === "");
  return root === undefined ? null : lineOf(root);
}

/** undefined for what is not, or not yet, an unpacked layer. */
export async function readUnpacked(directory: string): Promise<UnpackedLayer | undefined> {
  try {
    const layer = JSON.parse(readFileSync(join(directory, "layer.json"), "utf8")) as Partial<UnpackedLayer>;
    if (typeof layer.diffId !== "string" || !isDigest(layer.diffId)) return undefined;
    return { ...layer, diffId: layer.diffId, contentSizeBytes: Number(layer.contentSizeBytes) || 0 };
  } catch (error) {
    if (error instanceof SyntaxError || ["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? ""))
      return undefined;
    throw storeError(`read ${directory}`, error);
  }
}

/** Unpacked since the machine started, or found whole since then: nothing more to look at. */
export async function isReady(directory: string): Promise<boolean> {
  return (await readReady(directory)) !== undefined;
}

/** undefined where it is not ready. */
export async function readReady(directory: string): Promise<UnpackedLayer | undefined> {
  const found = await readUnpacked(directory);
  return found?.bootId === undefined || found.bootId === bootId() ? found : undefined;
}

/**
 * Removes unpacked layers whose layer is gone, and what dead processes left half unpacked; with `hostedOnly` also layers that are here for
 * hosted repositories alone, which nobody runs. Returns the bytes freed.
 */
export async function removeUnpacked(parts: StoreParts, { hostedOnly = false } = {}): Promise<number> {
  const directory = join(parts.root, "unpacked");
  const names = await readdir(directory);
  const unused = hostedOnly ? await hostedOnlyOf(parts, names) : new Set();
  let freedBytes = 0;
  for (const name of names) {
    const path = join(directory, name);
    if (!unused.has(name) && (await isUnpackedLayerLive(parts, path))) continue;
    freedBytes += await removeUnclaimed(parts, {
      ...{ key: `unpacked:${name}`, path },
      // Looked at again: between the first look and the claim somebody may have finished it, or taken it into use.
      isKept: async () =>
        (await isUnpackedLayerLive(parts, path)) &&
        !(hostedOnly && (await hostedOnlyOf(parts, [name])).has(name)),
      sizeOf: unpackedBytes,
    });
  }
  return freedBytes;
}

async function isUnpackedLayerLive(parts: StoreParts, path: string): Promise<boolean> {
  const layer = await finishedLayer(path);
  return layer !== undefined && (await parts.meta.layers.byDiffId(layer.diffId)).length > 0;
}

/** Those of these names below `ROOT/unpacked`. */
async function hostedOnlyOf(parts: StoreParts, names: readonly string[]): Promise<ReadonlySet<string>> {
  const diffIds = new Map<string, Digest>();
  for (const name of names) {
    const layer = await finishedLayer(join(parts.root, "unpacked", name));
    if (layer !== undefined) diffIds.set(name, layer.diffId);
  }
  const found = new Set(await parts.meta.layers.hostedOnly([...new Set(diffIds.values())]));
  return new Set(names.filter((name) => found.has(diffIds.get(name)!)));
}

async function finishedLayer(path: string): Promise<UnpackedLayer | undefined> {
  return basename(path).includes(".") ? undefined : readUnpacked(path);
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
