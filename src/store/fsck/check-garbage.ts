import type { FsckContext } from "./fsck-context.ts";

/** What quotas and the collector rely on: sums of bytes, and a review for everything that nothing keeps. */
export async function checkGarbage({ meta, isRepair, found, progress }: FsckContext): Promise<void> {
  progress("garbage");
  for (const { repository, keptBytes, actualBytes } of await meta.integrity.wrongSums({ repair: isRepair })) {
    found({
      kind: "wrong-facts",
      weight: "problem",
      what: repository ?? "the registry",
      reason: `${actualBytes} bytes, and ${keptBytes} are counted`,
      ...(isRepair && { repaired: "counted again" }),
    });
  }
  const forgotten = await meta.integrity.forgotten({ repair: isRepair });
  for (const [what, count] of Object.entries(forgotten)) {
    if (count === 0) continue;
    found({
      kind: "forgotten-garbage",
      weight: "leftover",
      what,
      reason: `${count} that nothing keeps and the collector would not come to`,
      ...(isRepair && { repaired: "the collector looks at them" }),
    });
  }
}
