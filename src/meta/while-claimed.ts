import type { Meta } from "./meta.ts";

/**
 * Runs `work` on those of `keys` that nothing living refers to, perhaps none, while nobody can take hold of them. At the end, however it comes,
 * they count as gone from storage.
 */
export async function whileClaimed<T>(
  { garbage }: Pick<Meta, "garbage">,
  keys: readonly string[],
  work: (claimed: readonly string[]) => Promise<T>,
): Promise<T> {
  const claimed = await garbage.claim(keys);
  try {
    return await work(claimed);
  } finally {
    if (claimed.length > 0) await garbage.settle(claimed);
  }
}
