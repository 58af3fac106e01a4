import { constants } from "node:fs";
import { chmod, mkdir, open, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { applyLayer, isSelfContained, type LayerIndex, mergeLayers } from "../layer/mod.ts";
import { KasaneError, type ProgressListener, tap } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { type Descriptor, type Digest, DigestHasher, digestAlgorithm, shortDigest } from "../oci/mod.ts";
import { layerRecord } from "./layer-indexes.ts";
import { unlock } from "./lease.ts";
import type { Ownership } from "./ownership.ts";
import { removeDirectory } from "./remove-directory.ts";
import { storeError } from "./store-error.ts";
import type { StoreParts } from "./store-parts.ts";
import { bootId, isReady, readUnpacked, rootLineOf, type UnpackedLayer } from "./unpacked.ts";
import { isUnpackedWhole } from "./unpacked-check.ts";
import { possibleKeys } from "./unpacked-key.ts";
import { removeAside } from "./work-directory.ts";

/** The directory name of a layer. */
export function unpackedKey(index: LayerIndex, chainId: Digest, ownership: Ownership): string {
  const { alone, leaning } = possibleKeys(index.diffId, chainId, ownership);
  return isSelfContained(index) ? alone : leaning;
}

export interface LayerToUnpack {
  readonly descriptor: Descriptor;
  readonly index: LayerIndex;
  readonly key: string;
  readonly below: {
    readonly indexes: readonly LayerIndex[];
    readonly directories: readonly Promise<string>[];
  };
}

export interface UnpackOptions {
  readonly lease: LeaseId;
  readonly progress?: ProgressListener;
}

/**
 * The `fs` directory of a layer, unpacked now or before. One process unpacks, others that need the same layer wait for it; the directory
 * appears whole, by rename. The caller holds `unpacked:<key>` under the lease.
 */
export async function unpackLayer(
  parts: StoreParts,
  layer: LayerToUnpack,
  options: UnpackOptions,
): Promise<string> {
  const directory = join(parts.root, "unpacked", layer.key);
  const fs = join(directory, "fs");
  return parts.locks.run(`unpack:${layer.key}`, async () => {
    if (await isReady(directory)) return fs;
    const lockKey = `unpack:${layer.key}`;
    for (
      let waitMs = 5;
      !(await parts.meta.leases.lock(options.lease, lockKey));
      waitMs = Math.min(waitMs * 1.5, 100)
    ) {
      await Bun.sleep(waitMs);
      if (await isReady(directory)) return fs;
    }
    try {
      const found = await readUnpacked(directory);
      if (found && (await isUnpackedWhole(directory, found, layer.index))) return fs;
      // Left by a crash of the machine: the names are there, the contents are not.
      if (await exists(directory)) await removeAside(parts.root, parts.lease, directory);
      await unpackAside(parts, layer, options, directory);
      return fs;
    } finally {
      await unlock(parts.meta, options.lease, lockKey);
    }
  });
}

async function unpackAside(
  parts: StoreParts,
  layer: LayerToUnpack,
  { lease, progress }: UnpackOptions,
  directory: string,
): Promise<void> {
  const { descriptor, index, below } = layer;
  const name = `${layer.key}.${crypto.randomUUID().slice(0, 8)}`;
  const aside = join(parts.root, "unpacked", name);
  await parts.meta.leases.hold(lease, [`unpacked:${name}`]);
  const id = shortDigest(descriptor.digest);
  let current = 0;
  const hasher = new DigestHasher(digestAlgorithm(descriptor.digest));
  const blob = tap(await parts.blobs.open(descriptor.digest), (chunk) => {
    hasher.update(chunk);
    current += chunk.length;
    progress?.({ id, phase: "extracting", current, total: descriptor.size });
  });
  try {
    await mkdir(join(aside, "fs"), { recursive: true });
    // The root directory of containers, whatever the umask is; a layer that says otherwise changes it.
    for (const path of [aside, join(aside, "fs")]) await chmod(path, 0o755);
    const { xattrs, ownership } = parts.ownership;
    const isAlone = isSelfContained(index);
    await applyLayer(blob, join(aside, "fs"), {
      mode: { kind: "overlay", xattrs },
      ownership,
      ...(!isAlone && (await lowerOf(below))),
    });
    // Only what stands behind the end of the tar is left, where there is anything.
    if (current < descriptor.size) {
      const rest = await parts.blobs.open(descriptor.digest, { start: current });
      for await (const chunk of rest) hasher.update(chunk);
    }
    if (hasher.digest() !== descriptor.digest) throw damaged(descriptor);
    const { diffId } = index;
    const { contentSizeBytes } = layerRecord(descriptor, index);
    const root = rootLineOf(index);
    const unpacked: UnpackedLayer = { diffId, contentSizeBytes, bootId: bootId(), root };
    await writeFile(join(aside, "layer.json"), JSON.stringify(unpacked));
    await rename(aside, directory);
    progress?.({ id, phase: "pulled" });
  } catch (error) {
    await removeDirectory(aside).catch(() => {});
    throw storeError(`unpack layer ${descriptor.digest}`, error);
  } finally {
    await parts.meta.leases.drop(lease, [`unpacked:${name}`]);
  }
}

/** A disk that forgets: the blob was right when it came in. */
function damaged({ digest }: Descriptor): KasaneError {
  return new KasaneError(
    "digest-mismatch",
    `cannot unpack layer ${digest}: its blob was damaged in the store`,
    { hint: "remove the images that have it, and pull or load them again" },
  );
}

/** What a layer that leans on others needs of them. */
async function lowerOf({ indexes, directories }: LayerToUnpack["below"]) {
  const lower = mergeLayers(indexes);
  const unpacked = await Promise.all(directories);
  async function* readLower(path: string): AsyncGenerator<Uint8Array> {
    const node = lower.get(path);
    const fs = node && unpacked[node.layer];
    if (!fs) throw new KasaneError("invalid-layer", `the layer links to ${path}, which no lower layer has`);
    // No part of the way may be a link that leads out of the layer's directory.
    const parent = join(fs, dirname(path));
    if ((await realpath(parent)) !== (await realpath(fs)) + parent.slice(fs.length)) {
      throw new KasaneError("invalid-layer", `the layer links to ${path}, which is behind a symlink`);
    }
    const file = await open(join(fs, path), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const buffer = new Uint8Array(256 * 1024);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0) return;
        yield buffer.slice(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
  return { lower, readLower };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
