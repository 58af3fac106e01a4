import { chmod, mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LayerIndex, type SettleOptions, settleUpper } from "../layer/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import type { Descriptor, Digest } from "../oci/mod.ts";
import { layerRecord } from "./layer-indexes.ts";
import { unlock } from "./lease.ts";
import { removeDirectory } from "./remove-directory.ts";
import { storeError } from "./store-error.ts";
import type { StoreParts } from "./store-parts.ts";
import { unpackedKey } from "./unpack-layer.ts";
import { bootId, isReady, rootLineOf, type UnpackedLayer } from "./unpacked.ts";

export interface UpperToAdopt {
  /** Below the store's root; it is gone afterwards, or good for nothing. Nobody writes to it any more. */
  readonly upper: string;
  /** The layer that diffUpper() made of it. */
  readonly descriptor: Descriptor;
  readonly index: LayerIndex;
  /** Of the layer and all below it. */
  readonly chainId: Digest;
  readonly clamp: SettleOptions["clamp"];
}

/**
 * Takes the upper directory a layer was made of for that layer unpacked, which spares reading and writing it all once more for the next step. It
 * appears whole, by rename, as unpackLayer() would have made it; where that cannot be (somebody else is at it, or has done it), nothing is
 * lost: it is unpacked when it is asked for.
 */
export async function adoptUnpacked(parts: StoreParts, adopted: UpperToAdopt, lease: LeaseId): Promise<void> {
  const key = unpackedKey(adopted.index, adopted.chainId, parts.ownership);
  const directory = join(parts.root, "unpacked", key);
  const lockKey = `unpack:${key}`;
  await parts.locks.run(lockKey, async () => {
    if ((await isReady(directory)) || !(await parts.meta.leases.lock(lease, lockKey))) return;
    try {
      // One that a crash of the machine left is looked at, and replaced, by who unpacks.
      if ((await stat(directory).catch(() => undefined)) === undefined) {
        await adoptAside(parts, adopted, lease, directory);
      }
    } finally {
      await unlock(parts.meta, lease, lockKey);
    }
  });
}

async function adoptAside(
  parts: StoreParts,
  { upper, descriptor, index, clamp }: UpperToAdopt,
  lease: LeaseId,
  directory: string,
): Promise<void> {
  const aside = `${directory}.${crypto.randomUUID().slice(0, 8)}`;
  const held = [`unpacked:${aside.slice(aside.lastIndexOf("/") + 1)}`];
  await parts.meta.leases.hold(lease, held);
  try {
    await mkdir(aside);
    await chmod(aside, 0o755);
    await rename(upper, join(aside, "fs"));
    const { xattrs, ownership } = parts.ownership;
    if (settleUpper(join(aside, "fs"), index, { xattrs, ownership, clamp })) {
      const { contentSizeBytes } = layerRecord(descriptor, index);
      const { diffId } = index;
      const root = rootLineOf(index);
      const unpacked: UnpackedLayer = { diffId, contentSizeBytes, bootId: bootId(), root };
      await writeFile(join(aside, "layer.json"), JSON.stringify(unpacked));
      await rename(aside, directory);
    } else await removeDirectory(aside);
  } catch (error) {
    await removeDirectory(aside).catch(() => {});
    throw storeError(`keep the files of layer ${descriptor.digest}`, error);
  } finally {
    await parts.meta.leases.drop(lease, held);
  }
}
