import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createUpper } from "../layer/create-upper.ts";
import { hasSingleUid } from "../sandbox/mod.ts";
import type { LocalStore, UnpackedImage } from "../store/mod.ts";
import { containerDirectory, upperDirectory } from "./container-directory.ts";

/** A container's own directory, as it was left or as the image has its root; and an empty one for overlay's work. */
export async function prepareUpper(
  store: Pick<LocalStore, "root">,
  image: Pick<UnpackedImage, "root">,
  id: string,
): Promise<{ upper: string; work: string }> {
  const upper = upperDirectory(store, id);
  const work = join(containerDirectory(store, id), "work");
  if (!existsSync(upper)) {
    createUpper(upper, await image.root(), { ownership: hasSingleUid() ? "ignore" : "keep" });
  }
  // What a former run left here is of no use to this one.
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { mode: 0o700 });
  return { upper, work };
}
