import type { Loss, Removal, RemovedNames } from "../../meta/mod.ts";
import type { StoreParts } from "../store-parts.ts";
import { sweepPatience } from "../sweep.ts";
import { FileSizes } from "./file-sizes.ts";

export interface ForeseenRemoval extends RemovedNames, Loss {
  /** By this removal, after those before it. */
  readonly freedBytes: number;
}

/**
 * What these removals would do, one after the other. Names, rows and what nothing refers to any more are found out by doing it and taking it
 * back; only files are counted instead of deleted. What is garbage already is nobody's.
 */
export async function foresee(parts: StoreParts, removals: readonly Removal[]): Promise<ForeseenRemoval[]> {
  const { removals: outcomes } = await parts.meta.reviews.foresee({ ...sweepPatience, removals });
  const files = new FileSizes(parts.root);
  return outcomes.map((outcome) => ({ ...outcome, freedBytes: bytesOf(files, outcome) }));
}

/** What the next prune takes in any case. */
export async function garbageNow(parts: StoreParts): Promise<Loss & { freedBytes: number }> {
  const { already } = await parts.meta.reviews.foresee({ ...sweepPatience, removals: [] });
  return { ...already, freedBytes: bytesOf(new FileSizes(parts.root), already) };
}

/** What a prune takes besides, after these removals: directories that layers are unpacked in which only hosted repositories have then. */
export async function unpackedForNobody(parts: StoreParts, removals: readonly Removal[]): Promise<number> {
  const files = new FileSizes(parts.root);
  const unpacked = new Map(files.allUnpacked());
  const { hostedOnly } = await parts.meta.reviews.foresee({
    ...sweepPatience,
    removals,
    diffIds: [...unpacked.keys()],
  });
  return hostedOnly.reduce((sum, diffId) => sum + unpacked.get(diffId)!, 0);
}

function bytesOf(files: FileSizes, { blobs, diffIds }: Loss): number {
  let total = 0;
  for (const digest of blobs) total += files.blob(digest) ?? 0;
  for (const diffId of diffIds) total += (files.index(diffId) ?? 0) + files.unpacked(diffId);
  return total;
}
