import { existsSync } from "node:fs";
import { diffUpper, type ImageTree } from "../layer/mod.ts";
import { hasSingleUid } from "../sandbox/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { writeTar } from "../tar/mod.ts";
import type { Container } from "./container.ts";
import { upperDirectory } from "./container-directory.ts";

/** What a container has changed, as the tar of a layer on top of its image. */
export async function* containerDiff(
  store: LocalStore,
  container: Container,
  lower: ImageTree,
): AsyncGenerator<Uint8Array> {
  const upper = upperDirectory(store, container.id);
  // One that never ran has changed nothing.
  const inputs = existsSync(upper)
    ? diffUpper(upper, { lower, xattrs: store.xattrs, ownership: hasSingleUid() ? "ignore" : "keep" })
    : [];
  yield* writeTar(inputs);
}
