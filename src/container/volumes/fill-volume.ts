import { readdirSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pairLayers } from "../../image/mod.ts";
import {
  applyLayer,
  flattenLayers,
  type ImageTree,
  isAtOrBelow,
  partOfTree,
  type TreeNode,
} from "../../layer/mod.ts";
import { errnoOf } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import { hasSingleUid, privilege } from "../../sandbox/mod.ts";
import { type LocalImage, type LocalStore, type Volume, volumeData } from "../../store/mod.ts";
import { type TarInput, writeTar } from "../../tar/mod.ts";
import { volumeDevice } from "./volume-options.ts";
import { volumeUsers } from "./volumes.ts";

/**
 * Gives an empty volume what the image has where it is to be mounted: files with owners, modes, extended attributes and links. They are written beside it and
 * come into it by one rename, so that a volume is empty or filled, whoever is killed meanwhile.
 */
export async function fillVolume(
  store: LocalStore,
  lease: LeaseId,
  volume: Volume,
  image: Pick<LocalImage, "manifest" | "config">,
  target: string,
): Promise<void> {
  const data = volumeDevice(volume)?.path ?? volumeData(store.root, volume.name);
  // Nobody without power over owners can give files theirs; nor could he run the container.
  if (privilege() === "none" || !isEmpty(data)) return;
  const tree = await store.tree(image);
  const node = tree.resolve(target, { followLast: true });
  if (node === undefined || node.entry.type !== "directory") return;
  await oneAtATime(store, lease, volume.name, async () => {
    if (!isEmpty(data)) return;
    const write = async (directory: string) =>
      applyLayer(writeTar(await filesBelow(store, image, tree, node)), directory, {
        mode: { kind: "merge" },
        ownership: hasSingleUid() ? "ignore" : "keep",
      });
    // A running container has the directory itself: what comes in its place it would never see.
    const users = (await volumeUsers(store)).get(volume.name) ?? [];
    if (volumeDevice(volume) || users.some(({ state }) => state.kind === "running")) return write(data);
    const work = await store.workDirectory("volume");
    try {
      const fresh = join(work.path, "data");
      await mkdir(fresh, { mode: 0o755 });
      await write(fresh);
      await rename(fresh, data);
    } catch (error) {
      // Somebody has put something in meanwhile.
      if (!["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) throw error;
    } finally {
      await work.dispose();
    }
  });
}

async function filesBelow(
  store: LocalStore,
  { manifest, config }: Pick<LocalImage, "manifest" | "config">,
  tree: ImageTree,
  { entry: { path } }: TreeNode,
): Promise<AsyncIterable<TarInput>> {
  const layers = await Promise.all(
    pairLayers(manifest, config).map(async ({ descriptor, diffId }) => ({
      index: await store.layerIndex(descriptor, diffId),
      open: () => store.blobs.open(descriptor.digest),
    })),
  );
  return belowOnly(flattenLayers({ tree: partOfTree(tree, path), layers }), path);
}

/** Renamed so that the directory itself is the root; without the directories that lead there. */
async function* belowOnly(inputs: AsyncIterable<TarInput>, path: string): AsyncGenerator<TarInput> {
  const renamed = (name: string) => (path === "" ? name : name.slice(path.length + 1)) || "./";
  for await (const input of inputs) {
    const { entry } = input;
    const clean = entry.path === "./" ? "" : entry.path;
    if (!isAtOrBelow(clean, path)) continue;
    const link = entry.type === "hardlink" ? { linkTarget: renamed(entry.linkTarget!) } : {};
    yield { ...input, entry: { ...entry, path: renamed(clean), ...link } };
  }
}

function isEmpty(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    // What cannot be read is not ours to fill.
    return false;
  }
}

async function oneAtATime(
  store: LocalStore,
  lease: LeaseId,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  const { leases } = store.meta;
  const key = `volume-fill:${name}`;
  for (let waitMs = 5; !(await leases.lock(lease, key)); waitMs = Math.min(waitMs * 1.5, 100))
    await Bun.sleep(waitMs);
  try {
    await work();
  } finally {
    await leases.unlock(lease, key);
  }
}
