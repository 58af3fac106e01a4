import { existsSync } from "node:fs";
import { diffUpper, type ImageTree } from "../layer/mod.ts";
import { hasSingleUid } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import type { TarInput } from "../tar/mod.ts";
import type { Container } from "./container.ts";
import { upperDirectory } from "./container-directory.ts";

/** What a container has changed, as the entries of a layer on top of its image; `seconds`: the time of all that is in it. */
export function containerDiff(
  store: LocalStore,
  container: Container,
  lower: ImageTree,
  { seconds }: { readonly seconds?: number | undefined } = {},
): Iterable<TarInput> {
  const upper = upperDirectory(store, container.id);
  // One that never ran has changed nothing.
  if (!existsSync(upper)) return [];
  return diffUpper(upper, {
    lower,
    xattrs: store.xattrs,
    ownership: hasSingleUid() ? "ignore" : "keep",
    ...(seconds !== undefined && { clamp: { fromMs: Number.NEGATIVE_INFINITY, seconds } }),
  });
}
