import type { ManifestRecord } from "../../meta/mod.ts";
import { type Digest, layerType } from "../../oci/mod.ts";
import type { FsckContext } from "./fsck-context.ts";

/** Every local image has all of its parts; of an index the platforms that are here. */
export async function checkImages(context: FsckContext): Promise<void> {
  const { meta, report } = context;
  for (const { target } of await meta.images.list()) {
    context.progress("images");
    report.checked.images++;
    await checkManifest(context, target, new Set());
  }
}

async function checkManifest(context: FsckContext, digest: Digest, seen: Set<Digest>): Promise<void> {
  if (seen.has(digest)) return;
  seen.add(digest);
  const { meta, blobs, holding } = context;
  await holding(digest, async () => {
    const record = await meta.manifests.get(digest);
    // The image went meanwhile, or it is a platform that was never pulled.
    if (record === undefined) return;
    if (!(await blobs.stat(digest))) await checkOwnFile(context, record);
    for (const part of [record.config ?? [], record.layers].flat()) {
      if (layerType(part.mediaType)?.foreign || seen.has(part.digest)) continue;
      seen.add(part.digest);
      if (!(await blobs.stat(part.digest))) await checkPart(context, part.digest);
    }
    for (const child of record.children) await checkManifest(context, child.digest, seen);
  });
}

/** SQL has the same bytes. */
async function checkOwnFile(context: FsckContext, record: ManifestRecord): Promise<void> {
  const { blobs, isRepair, found, meta } = context;
  const { digest } = record;
  const users = await meta.integrity.users(digest);
  if (users.images.length === 0) return;
  if (isRepair) {
    const upload = await blobs.begin();
    try {
      await upload.write(record.bytes);
      await upload.commit(digest);
    } finally {
      await upload.abort();
    }
  }
  found({
    kind: "missing-blob",
    weight: "problem",
    what: digest,
    reason: "the file of a manifest of a local image is not here",
    users,
    ...(isRepair && { repaired: "written again" }),
  });
}

async function checkPart(context: FsckContext, digest: Digest): Promise<void> {
  const { meta, blobs, holding, found } = context;
  await holding(digest, async () => {
    if (await blobs.stat(digest)) return;
    const users = await meta.integrity.users(digest);
    if (users.images.length === 0) return;
    found({
      kind: "incomplete-image",
      weight: "problem",
      what: digest,
      reason: "a part of a local image is not here: pull, load or build it again, or remove it",
      users,
    });
  });
}
