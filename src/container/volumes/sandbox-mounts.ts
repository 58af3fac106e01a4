import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LeaseId } from "../../meta/mod.ts";
import { areForKernel, copyReadOnly, type SandboxMount } from "../../sandbox/mod.ts";
import { type LocalStore, readVolume, volumeData } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerImage } from "../container-image.ts";
import type { ContainerMount } from "./container-mount.ts";
import { volumeDevice } from "./volume-options.ts";
import { holdVolume } from "./volumes.ts";

/**
 * What the sandbox is to mount when a container runs, or is looked into. A volume that somebody removed by hand is made again, empty, and the source of -v where
 * it is missing.
 * @throws KasaneError `not-found` where an image that is mounted is gone
 */
export async function sandboxMounts(
  store: LocalStore,
  lease: LeaseId,
  { settings }: Pick<Container, "settings">,
): Promise<{ mounts: SandboxMount[]; release(): Promise<void> }> {
  const releases: (() => Promise<void>)[] = [];
  const mounts: SandboxMount[] = [];
  for (const mount of settings.mounts) mounts.push(await sandboxMount(store, lease, mount, releases));
  return {
    mounts,
    async release() {
      for (const release of releases) await release();
    },
  };
}

async function sandboxMount(
  store: LocalStore,
  lease: LeaseId,
  mount: ContainerMount,
  releases: (() => Promise<void>)[],
): Promise<SandboxMount> {
  switch (mount.kind) {
    case "bind": {
      const { source, target, readOnly, propagation, nonRecursive, createSource, giveToUser } = mount;
      if (createSource) makeSource(source);
      return {
        ...{ kind: "bind", source, target, readOnly },
        ...(propagation && { propagation }),
        ...(nonRecursive && { nonRecursive }),
        ...(giveToUser && { giveToUser }),
      };
    }
    case "volume": {
      const { name, target, readOnly, isAnonymous, subpath, giveToUser } = mount;
      const volume = readVolume(store.root, name) ?? (await holdVolume(store, lease, { name, isAnonymous }));
      const device = volumeDevice(volume);
      return {
        ...{ kind: "bind", source: device?.path ?? volumeData(store.root, name), target },
        readOnly: readOnly || (device?.readOnly ?? false),
        ...(subpath !== undefined && { subpath }),
        ...(giveToUser && { giveToUser }),
      };
    }
    case "tmpfs": {
      const { isSetting: _, ...tmpfs } = mount;
      return tmpfs;
    }
    case "image": {
      await store.meta.leases.hold(lease, [mount.manifest]);
      const unpacked = await store.unpack(await containerImage(store, mount), { lease });
      releases.push(() => unpacked.release());
      const { lower } = unpacked;
      if (areForKernel(lower)) return { kind: "layers", lower, target: mount.target };
      const work = await store.workDirectory("image-mount");
      releases.push(() => work.dispose());
      const source = join(work.path, "files");
      copyReadOnly(lower, source);
      return { kind: "bind", source, target: mount.target, readOnly: true };
    }
  }
}

/** As docker does. What cannot be made is told by the mount; a file is fine too. */
export function makeSource(source: string): void {
  try {
    mkdirSync(source, { recursive: true });
  } catch {}
}
