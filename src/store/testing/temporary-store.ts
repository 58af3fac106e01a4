import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyImage } from "../../image/mod.ts";
import { addTestImage, MemoryImage, type TestImage } from "../../image/testing/memory-image.ts";
import type { Descriptor } from "../../oci/mod.ts";
import type { LocalStore } from "../local-store.ts";
import { type OpenOptions, openLocalStore } from "../open-local-store.ts";
import { removeDirectory } from "../remove-directory.ts";

export interface TemporaryStore extends AsyncDisposable {
  readonly root: string;
  readonly store: LocalStore;
  /** Brings a small image in, as a pull or build would. */
  add(names: string[], image?: TestImage): Promise<Descriptor>;
}

/** A store of its own for one test: `await using { store } = …` is not possible, so `await using temporary = await temporaryStore()`. */
export async function temporaryStore(options: OpenOptions = {}): Promise<TemporaryStore> {
  const directory = await mkdtemp(join(tmpdir(), "kasane-store-"));
  const root = join(directory, "root");
  const store = await openLocalStore(root, options);
  return {
    root,
    store,
    async add(names, image = {}) {
      const memory = new MemoryImage();
      const descriptor = await addTestImage(memory, image);
      await copyInto(store, memory, names);
      return descriptor;
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await removeDirectory(directory);
    },
  };
}

/** The whole of an image in memory, under canonical names. */
export async function copyInto(
  store: LocalStore,
  memory: MemoryImage,
  names: string[],
  details: { repoDigests?: string[]; builtAtMs?: number } = {},
): Promise<void> {
  await store.withLease("test", async (lease) => {
    await copyImage(memory, store.sink({ lease, names, ...details }), {
      platforms: "all",
      missingChildren: "skip",
    });
  });
}
