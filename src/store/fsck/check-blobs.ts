import { open, stat } from "node:fs/promises";
import { errnoOf, mapConcurrent, messageOf } from "../../lib/mod.ts";
import { type Digest, DigestHasher, digestAlgorithm } from "../../oci/mod.ts";
import type { FsckContext } from "./fsck-context.ts";
import { moveAside } from "./move-aside.ts";
import { whileSeized } from "./seize.ts";

const groupSize = 512;
const chunkBytes = 512 * 1024;
/** Bytes that came so lately may be on their way to their row, ms. */
const youngMs = 10_000;
const longestLookMs = 300;

/** Every file in `blobs/`: its bytes are what its name says, and a row knows of it. */
export async function checkBlobs(context: FsckContext): Promise<void> {
  let group: Digest[] = [];
  const finish = async () => {
    const noted = await context.meta.integrity.noted(group);
    await mapConcurrent(group, context.jobs, (digest) => checkBlob(context, digest, noted.has(digest)));
    group = [];
  };
  for await (const { digest } of context.blobs.list()) {
    group.push(digest);
    if (group.length >= groupSize) await finish();
  }
  await finish();
}

async function checkBlob(context: FsckContext, digest: Digest, isNoted: boolean): Promise<void> {
  const { report, progress, isQuick } = context;
  progress("blobs");
  const location = await context.blobs.locate(digest);
  // Removed since the directory was read.
  if (location?.kind !== "file") return;
  report.checked.blobs++;
  const wrong = isQuick ? undefined : await whatIsWrong(context, location.path, digest);
  if (wrong !== undefined) return reportDamage(context, { digest, path: location.path, reason: wrong });
  if (!isNoted) await checkStray(context, digest);
}

/** undefined for a file that is what it is called, or is gone. */
export async function whatIsWrong(
  { report, progress }: FsckContext,
  path: string,
  digest: Digest,
): Promise<string | undefined> {
  try {
    const handle = await open(path, "r");
    try {
      const hasher = new DigestHasher(digestAlgorithm(digest));
      const buffer = new Uint8Array(chunkBytes);
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length);
        if (bytesRead === 0) break;
        hasher.update(buffer.subarray(0, bytesRead));
        report.checked.bytes += bytesRead;
        progress("blobs");
      }
      const actual = hasher.digest();
      return actual === digest ? undefined : `its ${hasher.sizeBytes} bytes have digest ${actual}`;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    if (errnoOf(error) === undefined) throw error;
    return `it cannot be read: ${messageOf(error)}`;
  }
}

/** Also what refers to it loses it: a push finds out by that what it has to send, and who pulls gets an answer that says so. */
export async function reportDamage(
  context: FsckContext,
  blob: { digest: Digest; path: string; reason: string },
): Promise<void> {
  const { root, meta, isRepair, found } = context;
  const { digest, path, reason } = blob;
  const users = await meta.integrity.users(digest);
  const before = await inodeOf(path);
  const repaired = isRepair
    ? await whileSeized(context, digest, async () => {
        // Somebody brought the right bytes meanwhile.
        if ((await inodeOf(path)) !== before) return { text: "replaced by another process", stays: true };
        const aside = await moveAside(root, digest, path);
        await meta.integrity.dropLinks(digest);
        return { text: aside ? `moved to ${aside}` : "it is gone" };
      })
    : undefined;
  found({
    kind: "damaged-blob",
    weight: "problem",
    what: digest,
    reason,
    users,
    ...(repaired && { repaired }),
  });
}

/** Bytes are noted before they are visible, so these came from elsewhere, or their database is an older one. */
async function checkStray(context: FsckContext, digest: Digest): Promise<void> {
  const { meta, blobs, isRepair, found } = context;
  const isAccountedFor = async () =>
    (await meta.integrity.noted([digest])).size > 0 || !(await blobs.stat(digest));
  if (await isAccountedFor()) return;
  // A collector and a push of the same blob at once: its new row comes a moment after its bytes.
  for (let waitMs = 5; waitMs < longestLookMs && (await isYoung(context, digest)); waitMs *= 2) {
    await Bun.sleep(waitMs);
    if (await isAccountedFor()) return;
  }
  const isUsed = await meta.garbage.isLive(digest);
  let repaired: string | undefined;
  if (isRepair) {
    const claimed = await meta.garbage.claim([digest]);
    if (claimed.length > 0) {
      await blobs.delete(digest);
      await meta.garbage.settle(claimed);
      repaired = "removed: nothing refers to it";
    } else {
      await meta.integrity.note(digest);
      repaired = "noted";
    }
  }
  found({
    kind: "stray-blob",
    weight: "problem",
    what: digest,
    reason: isUsed ? "bytes that are in use and that no row notes" : "bytes that no row knows",
    ...(repaired && { repaired }),
  });
}

async function isYoung({ blobs }: FsckContext, digest: Digest): Promise<boolean> {
  const location = await blobs.locate(digest);
  if (location?.kind !== "file") return false;
  const { mtimeMs = 0 } = (await stat(location.path).catch(() => undefined)) ?? {};
  return mtimeMs > Date.now() - youngMs;
}

async function inodeOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : "";
}
