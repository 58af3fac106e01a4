import { existsSync, mkdirSync } from "node:fs";
import { applyLayer, directoryTar } from "../../layer/mod.ts";
import { messageOf } from "../../lib/mod.ts";
import { hasSingleUid } from "../../sandbox/mod.ts";
import { cacheMountDirectory } from "../cache-directories.ts";
import type { BuildSession } from "../session.ts";
import type { PortableMount } from "./cache-artifact.ts";

/** The directories of cache mounts as layers. A mount that another build is writing to is as it is read. */
export async function portableMounts(
  session: BuildSession,
  names: Iterable<string>,
): Promise<PortableMount[]> {
  const mounts: PortableMount[] = [];
  for (const name of [...names].sort()) {
    const path = cacheMountDirectory(session.store, name);
    if (!existsSync(path)) continue;
    session.checkCancelled();
    const entries = directoryTar(path, { ownership: ownership(), includeRoot: true });
    const { descriptor, diffId } = await session.store.writeLayer(
      { entries },
      { lease: session.lease, compression: "zstd", mediaTypes: "oci" },
    );
    mounts.push({ name, layer: { descriptor, diffId } });
  }
  return mounts;
}

/** What an imported cache has for the mount, into a directory that is not there yet. False where none has it. */
export async function fillMount(session: BuildSession, name: string, path: string): Promise<boolean> {
  const found = await session.imported.findMount(name);
  if (!found) return false;
  const { layer, from, place } = found;
  try {
    await session.cache.bring({ layer, from, place });
  } catch (error) {
    session.checkCancelled();
    session.onWarning(`a cache mount of ${from} is not used: ${messageOf(error)}`);
    return false;
  }
  mkdirSync(path);
  await applyLayer(await session.store.blobs.open(layer.descriptor.digest), path, {
    mode: { kind: "merge" },
    ownership: ownership(),
  });
  return true;
}

function ownership(): "keep" | "ignore" {
  return hasSingleUid() ? "ignore" : "keep";
}
