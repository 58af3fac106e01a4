import { readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { errnoOf, mapConcurrent, namesIn } from "../../lib/mod.ts";
import { type Digest, isDigest } from "../../oci/mod.ts";
import type { FsckContext } from "./fsck-context.ts";

const pageSize = 512;

/** Facts of layers fit their blobs, and layer indexes can be read. All of it can be made again from the blobs. */
export async function checkLayers(context: FsckContext): Promise<void> {
  const { meta, blobs, report } = context;
  const known = new Set<Digest>();
  for (let after: Digest | undefined; ; ) {
    const page = await meta.integrity.layers({ ...(after && { after }), limit: pageSize });
    for (const { blob, diffId, sizeBytes } of page) {
      context.progress("layers");
      report.checked.layers++;
      known.add(diffId);
      const stored = await blobs.stat(blob);
      // Without its blob it goes with the next prune.
      if (stored === undefined || stored.sizeBytes === sizeBytes) continue;
      if (context.isRepair) await meta.integrity.dropLayer(blob);
      context.found({
        kind: "wrong-facts",
        weight: "problem",
        what: blob,
        reason: `the layer has ${stored.sizeBytes} bytes, and what is known of it says ${sizeBytes}`,
        ...(context.isRepair && { repaired: "forgotten: it is found out again when it is needed" }),
      });
    }
    if (page.length < pageSize) break;
    after = page.at(-1)!.blob;
  }
  await checkIndexes(context, known);
}

async function checkIndexes(context: FsckContext, known: ReadonlySet<Digest>): Promise<void> {
  const { decodeLayerIndex } = await import("../../layer/mod.ts");
  for (const algorithm of ["sha256", "sha512"]) {
    const directory = join(context.root, "indexes", algorithm);
    await mapConcurrent(namesIn(directory), context.jobs, async (name) => {
      context.progress("layers");
      const diffId = `${algorithm}:${name}`;
      const path = join(directory, name);
      // One that is being written, or was by somebody who died.
      if (!isDigest(diffId)) return;
      if (!known.has(diffId)) {
        if ((await context.meta.layers.byDiffId(diffId)).length === 0) {
          await report(context, { path, diffId, reason: "the index of a layer that is not here" });
        }
        return;
      }
      if (context.isQuick) return;
      try {
        if (decodeLayerIndex(await readFile(path)).diffId === diffId) return;
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return;
      }
      await report(context, { path, diffId, reason: "the index of the layer cannot be read" });
    });
  }
}

async function report(
  { isRepair, found }: FsckContext,
  index: { path: string; diffId: string; reason: string },
): Promise<void> {
  if (isRepair) await unlink(index.path).catch(() => {});
  found({
    kind: "stray-index",
    weight: "leftover",
    what: index.diffId,
    reason: index.reason,
    ...(isRepair && { repaired: "removed" }),
  });
}
