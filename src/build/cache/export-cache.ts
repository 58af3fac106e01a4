import type { ImageSink } from "../../image/mod.ts";
import { type ByteStream, isKasaneError, mapConcurrent, messageOf, toByteStream } from "../../lib/mod.ts";
import type { Descriptor, Digest } from "../../oci/mod.ts";
import type { BuildSession } from "../session.ts";
import { encodeCache, type PortableMount, type PortableRecord } from "./cache-artifact.ts";
import type { CacheTarget } from "./cache-place.ts";

const blobsAtOnce = 4;

/**
 * Writes what the build made or found to every target. `final` are the layers of its images.
 * @throws KasaneError of a target whose failure counts
 */
export async function exportCaches(
  session: BuildSession,
  targets: readonly CacheTarget[],
  final: ReadonlySet<Digest>,
): Promise<void> {
  const used = await session.cache.usedRecords();
  for (const target of targets) {
    try {
      const records = target.mode === "max" ? used : used.filter((record) => isOf(record, final));
      const mounts = target.hasMounts ? await session.portableMounts() : [];
      await target.write((sink) => putCache(session, sink, { records, mounts }));
    } catch (error) {
      if (!target.ignoreError || isKasaneError(error, "cancelled")) throw error;
      session.onWarning(`the cache was not exported to ${target.name}: ${messageOf(error)}`);
    }
  }
}

function isOf({ layer }: PortableRecord, final: ReadonlySet<Digest>): boolean {
  return layer === "none" || final.has(layer.descriptor.digest);
}

async function putCache(
  session: BuildSession,
  sink: ImageSink,
  cache: { records: readonly PortableRecord[]; mounts: readonly PortableMount[] },
): Promise<void> {
  const { manifest, config, configBytes, layers } = encodeCache(cache);
  const open = async (descriptor: Descriptor, offset = 0): Promise<ByteStream> => {
    // A layer that a step found in another cache comes here on its way.
    await session.lazy.need([descriptor.digest]);
    return session.store.blobs.open(descriptor.digest, { start: offset });
  };
  await mapConcurrent(layers, blobsAtOnce, async (layer) => {
    session.checkCancelled();
    await sink.putBlob(layer, (offset) => open(layer, offset));
  });
  await sink.putBlob(config, async (offset = 0) => toByteStream([configBytes.subarray(offset)]));
  await sink.putManifest(manifest, { isRoot: true });
}
