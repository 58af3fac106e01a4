import { mapConcurrent } from "../../lib/mod.ts";
import type { Digest } from "../../oci/mod.ts";
import { reportDamage, whatIsWrong } from "./check-blobs.ts";
import type { FsckContext } from "./fsck-context.ts";
import { whileSeized } from "./seize.ts";

const pageSize = 512;

/** Every blob that a repository links has its bytes, and as many as the link says. */
export async function checkLinks(context: FsckContext): Promise<void> {
  const { meta, report } = context;
  for (let after: Digest | undefined; ; ) {
    const page = await meta.integrity.links({ ...(after && { after }), limit: pageSize });
    await mapConcurrent(page, context.jobs, async ({ digest, sizesBytes }) => {
      context.progress("links");
      report.checked.links++;
      const location = await context.blobs.locate(digest);
      if (location?.kind !== "file") return checkMissing(context, digest);
      if (sizesBytes.every((size) => size === location.sizeBytes)) return;
      await checkSize(context, digest, location);
    });
    if (page.length < pageSize) return;
    after = page.at(-1)!.digest;
  }
}

/** While it is held nothing can remove it: a link that is there now without its bytes has lost them. */
async function checkMissing(context: FsckContext, digest: Digest): Promise<void> {
  const { meta, blobs, holding, isRepair, found } = context;
  const isMissing = await holding(
    digest,
    async () => (await isLinked(context, digest)) && (await blobs.stat(digest)) === undefined,
  );
  if (!isMissing) return;
  const users = await meta.integrity.users(digest);
  const repaired = isRepair
    ? await whileSeized(context, digest, async () => {
        if (await blobs.stat(digest)) return { text: "pushed again by somebody", stays: true };
        await meta.integrity.dropLinks(digest);
        return { text: "its links are removed: the next push brings it" };
      })
    : undefined;
  found({
    kind: "missing-blob",
    weight: "problem",
    what: digest,
    reason: "repositories have it, and its bytes are not here",
    users,
    ...(repaired && { repaired }),
  });
}

async function isLinked({ meta }: FsckContext, digest: Digest): Promise<boolean> {
  return (await meta.repositories.repositoriesWithBlob(digest, { limit: 1 })).length > 0;
}

/** Either the file or the row is wrong: the digest knows. */
async function checkSize(
  context: FsckContext,
  digest: Digest,
  file: { path: string; sizeBytes: number },
): Promise<void> {
  const wrong = context.isQuick ? await whatIsWrong(context, file.path, digest) : undefined;
  if (wrong !== undefined) return reportDamage(context, { digest, path: file.path, reason: wrong });
  // A blob that comes back under the same name has the same size: the row cannot become right by waiting.
  if (context.isRepair) await context.meta.integrity.resizeLinks(digest, file.sizeBytes);
  context.found({
    kind: "wrong-facts",
    weight: "problem",
    what: digest,
    reason: `it has ${file.sizeBytes} bytes, and a repository says otherwise`,
    ...(context.isRepair && { repaired: "the row says so now" }),
  });
}
