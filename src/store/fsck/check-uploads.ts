import { whileClaimed } from "../../meta/while-claimed.ts";
import type { FsckContext } from "./fsck-context.ts";

/** An upload that was begun a moment ago has its row in the next one, ms. */
const newMs = 60_000;

/** Bytes of uploads that nobody can go on with: no row, and nobody who holds them. */
export async function checkUploads(context: FsckContext): Promise<void> {
  const { meta, blobs, report, isRepair, found } = context;
  const rows = await meta.uploads.olderThan(Date.now() - newMs);
  const stored = new Set<string>();
  for await (const { id, sizeBytes, updatedAtMs } of blobs.listUploads()) {
    context.progress("uploads");
    report.checked.uploads++;
    stored.add(id);
    if (updatedAtMs > Date.now() - newMs) continue;
    const key = `upload:${id}`;
    if ((await meta.uploads.get(id)) || (await meta.leases.isHeld(key))) continue;
    if (isRepair && !(await remove(context, id, key))) continue;
    found({
      kind: "abandoned-upload",
      weight: "leftover",
      what: id,
      reason: `${sizeBytes} bytes that nobody can go on with`,
      ...(isRepair && { repaired: "removed" }),
    });
  }
  for (const { id, repository, offset } of rows) {
    // Opened, and nothing sent yet.
    if (offset === 0) continue;
    // Who ends an upload removes its bytes and then its row, and holds it meanwhile.
    if (stored.has(id) || (await meta.leases.isHeld(`upload:${id}`)) || !(await meta.uploads.get(id)))
      continue;
    if (isRepair) await meta.uploads.delete(id);
    found({
      kind: "abandoned-upload",
      weight: "leftover",
      what: id,
      reason: `an upload to ${repository} without bytes`,
      ...(isRepair && { repaired: "removed" }),
    });
  }
}

/** A row that came meanwhile is the sign of a client that will go on. */
function remove({ meta, blobs }: FsckContext, id: string, key: string): Promise<boolean> {
  return whileClaimed(meta, [key], async (claimed) => {
    if (claimed.length === 0 || (await meta.uploads.get(id))) return false;
    const upload = await blobs.resume(id);
    await upload?.abort();
    return upload !== undefined;
  });
}
