import type { FsckContext } from "./fsck-context.ts";

/** How long a repair waits for those who work on the same thing, ms. */
const patienceMs = 20_000;
const pollMs = 20;

/**
 * Runs `work` while nobody else holds the key or can take hold of it; undefined where somebody kept it. At the end the key counts as
 * gone from storage, unless `work` says that it stays.
 */
export async function whileSeized(
  { meta }: FsckContext,
  key: string,
  work: () => Promise<{ text: string; stays?: boolean } | undefined>,
): Promise<string | undefined> {
  for (const deadline = Date.now() + patienceMs; ; await Bun.sleep(pollMs)) {
    const seized = await meta.integrity.seize([key]);
    if (seized.length === 0) {
      if (Date.now() > deadline) return undefined;
      continue;
    }
    let stays = true;
    try {
      const done = await work();
      stays = done?.stays ?? done === undefined;
      return done?.text;
    } finally {
      await (stays ? meta.garbage.unclaim(seized) : meta.garbage.settle(seized));
    }
  }
}
