import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ServedStore } from "./served-store.ts";

/** What to tell about images that another registry left in the store's directory; undefined where there are none, or they were taken over. */
export async function foreignStoreHint({ root, meta }: ServedStore): Promise<string | undefined> {
  if (root === undefined || !existsSync(join(root, "docker/registry/v2/repositories"))) return undefined;
  // Whoever has imported has repositories here; and who has those knows what he does.
  if ((await meta.repositories.list({ limit: 1 })).length > 0) return undefined;
  return `${root} has images of another registry, which are not served yet: take them over with 'kasane --root ${root} registry import ${root}', also while this server runs`;
}
