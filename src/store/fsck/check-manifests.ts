import { collect, messageOf } from "../../lib/mod.ts";
import { expectedEdges, type ManifestRecord, type StoredManifest } from "../../meta/mod.ts";
import {
  type Digest,
  digestAlgorithm,
  digestOf,
  layerType,
  type Manifest,
  manifestLimitBytes,
  parseManifest,
} from "../../oci/mod.ts";
import type { FsckContext } from "./fsck-context.ts";
import { writeAside } from "./move-aside.ts";
import { whileSeized } from "./seize.ts";

/** Each may have megabytes. */
const pageSize = 8;

/** Every manifest in SQL is what its digest says, and what is kept beside it is what it says itself. */
export async function checkManifests(context: FsckContext): Promise<void> {
  const { meta, report } = context;
  for (let after: Digest | undefined; ; ) {
    const page = await meta.integrity.manifests({ ...(after && { after }), limit: pageSize });
    for (const stored of page) {
      context.progress("manifests");
      report.checked.manifests++;
      await checkManifest(context, stored);
    }
    if (page.length < pageSize) return;
    after = page.at(-1)!.digest;
  }
}

async function checkManifest(context: FsckContext, stored: StoredManifest): Promise<void> {
  const { digest, bytes } = stored;
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest) return reportDamage(context, stored);
  let expected: ManifestRecord;
  try {
    expected = recordOf(stored, bytes);
  } catch (error) {
    context.found({ kind: "wrong-facts", weight: "problem", what: digest, reason: messageOf(error) });
    return;
  }
  await checkSparse(context, expected);
  const differences = whatDiffers(stored, expected);
  if (differences.length === 0) return;
  if (context.isRepair) await context.meta.integrity.replaceManifest(expected);
  context.found({
    kind: "wrong-facts",
    weight: "problem",
    what: digest,
    reason: `what is kept beside the manifest is not what it says: ${differences.join(", ")}`,
    ...(context.isRepair && { repaired: "made again from the manifest" }),
  });
}

/** What the bytes say. An imported referrer may have its subject from a fallback tag instead of from itself. */
function recordOf(stored: StoredManifest, bytes: Uint8Array): ManifestRecord {
  const { digest } = stored;
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes, stored.mediaType);
  } catch {
    manifest = parseManifest(bytes);
  }
  const subject = manifest.subject?.digest ?? stored.subject;
  return {
    digest,
    mediaType: manifest.mediaType,
    bytes,
    ...(manifest.artifactType !== undefined && { artifactType: manifest.artifactType }),
    ...(subject !== undefined && { subject }),
    ...(manifest.annotations && { annotations: manifest.annotations }),
    ...(manifest.kind === "manifest"
      ? { config: manifest.config, layers: manifest.layers, children: [] }
      : { layers: [], children: manifest.manifests }),
  };
}

function whatDiffers(stored: StoredManifest, expected: ManifestRecord): string[] {
  const pairs: Record<string, [unknown, unknown]> = {
    "media type": [stored.mediaType, expected.mediaType],
    "artifact type": [stored.artifactType, expected.artifactType],
    subject: [stored.subject, expected.subject],
    size: [stored.sizeBytes, expected.bytes.length],
    annotations: [stored.annotations, expected.annotations],
    config: [stored.config, expected.config],
    layers: [stored.layers, expected.layers],
    children: [stored.children, expected.children],
    references: [stored.edges.toSorted(), expectedEdges(expected).toSorted()],
  };
  return Object.keys(pairs).filter((name) => !Bun.deepEquals(pairs[name]![0], pairs[name]![1]));
}

/** Counted only: a client may push a manifest whose blobs lie elsewhere. */
async function checkSparse({ blobs, report }: FsckContext, record: ManifestRecord): Promise<void> {
  const named = [record.config ?? [], record.layers].flat();
  for (const { digest, mediaType } of named) {
    if (layerType(mediaType)?.foreign || (await blobs.stat(digest))) continue;
    report.sparseManifests++;
    return;
  }
}

/** A local image has its manifests as files as well. */
async function reportDamage(context: FsckContext, stored: StoredManifest): Promise<void> {
  const { root, meta, isRepair, found } = context;
  const { digest, bytes } = stored;
  const users = await meta.integrity.users(digest);
  const repaired = isRepair
    ? await whileSeized(context, digest, async () => {
        const aside = await writeAside(root, digest, bytes);
        const good = await goodBytes(context, digest);
        if (good) {
          await meta.integrity.replaceManifest(recordOf(stored, good));
          return { text: `taken from its file; the damaged bytes are in ${aside}`, stays: true };
        }
        await meta.integrity.dropManifest(digest);
        return { text: `moved to ${aside}, with its tags removed` };
      })
    : undefined;
  found({
    kind: "damaged-manifest",
    weight: "problem",
    what: digest,
    reason: `its ${bytes.length} bytes have digest ${digestOf(bytes, digestAlgorithm(digest))}`,
    users,
    ...(repaired && { repaired }),
  });
}

async function goodBytes({ blobs }: FsckContext, digest: Digest): Promise<Uint8Array | undefined> {
  if (!(await blobs.stat(digest))) return undefined;
  try {
    const bytes = await collect(await blobs.open(digest), manifestLimitBytes, "the manifest");
    return digestOf(bytes, digestAlgorithm(digest)) === digest ? bytes : undefined;
  } catch {
    return undefined;
  }
}
