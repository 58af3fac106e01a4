import { existsSync } from "node:fs";
import { join } from "node:path";
import { openFileSystemBlobs } from "../../blob/mod.ts";
import { contentSource, layoutSink, layoutSource, listLayout, shareLayout } from "../../image/mod.ts";
import type { SharedLock } from "../../lib/libc/mod.ts";
import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { type Descriptor, type Digest, parseManifest } from "../../oci/mod.ts";
import type { CacheSource, CacheTarget } from "./cache-place.ts";

/**
 * A cache in a directory: an OCI image layout with one artifact for each tag. Whoever reads or writes it has a shared lock on `blobs/`; the last
 * writer that leaves removes what no artifact names any more, so that it does not only grow, and never what another one is just writing.
 */
export function localCacheTarget(
  directory: string,
  options: Pick<CacheTarget, "mode" | "ignoreError" | "hasMounts"> & { readonly tag: string },
): CacheTarget {
  const { tag, ...rest } = options;
  return {
    ...rest,
    name: directory,
    write: (put) =>
      shareLayout(
        directory,
        () => put(layoutSink(directory, { ref: tag })),
        () => removeUnnamed(directory),
      ),
  };
}

export function localCacheSource(directory: string, tag: string): CacheSource {
  return {
    name: directory,
    async open() {
      const lock = await lockBlobs(directory);
      const blobs = openFileSystemBlobs(directory);
      try {
        const source = await layoutSource(directory, tag);
        return {
          source,
          has: async ({ digest, size }) => (await blobs.stat(digest))?.sizeBytes === size,
          close: () => lock.release(),
        };
      } catch (error) {
        await lock.release();
        throw error;
      }
    },
  };
}

async function lockBlobs(directory: string): Promise<SharedLock> {
  try {
    const { lockShared } = await import("../../lib/libc/mod.ts");
    return await lockShared(join(directory, "blobs"));
  } catch (error) {
    if (isKasaneError(error)) throw error;
    throw new KasaneError("not-found", `${directory} is no directory with a build cache`, {
      hint: "export one first, with --cache-to type=local,dest=DIR",
      cause: error,
    });
  }
}

async function removeUnnamed(directory: string): Promise<void> {
  const blobs = openFileSystemBlobs(directory);
  const named = await namedBlobs(directory);
  for await (const { digest } of blobs.list()) if (!named.has(digest)) await blobs.delete(digest);
}

/** Everything that index.json leads to; nothing where the first writer did not come so far. */
async function namedBlobs(directory: string): Promise<Set<Digest>> {
  const blobs = openFileSystemBlobs(directory);
  const named = new Set<Digest>();
  const visit = async (descriptor: Descriptor): Promise<void> => {
    if (named.has(descriptor.digest)) return;
    named.add(descriptor.digest);
    const raw = await contentSource(blobs, descriptor).root();
    const manifest = parseManifest(raw.bytes, raw.mediaType);
    if (manifest.kind === "index") {
      for (const child of manifest.manifests) await visit(child);
      return;
    }
    for (const { digest } of [manifest.config, ...manifest.layers]) named.add(digest);
  };
  if (!existsSync(join(directory, "index.json"))) return named;
  for (const { descriptor } of await listLayout(directory)) await visit(descriptor);
  return named;
}
