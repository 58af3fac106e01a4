import { statSync } from "node:fs";
import { posix } from "node:path";
import { KasaneError } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import type { RuntimeConfig } from "../../oci/mod.ts";
import { type LocalImage, type LocalStore, volumeKey } from "../../store/mod.ts";
import { getContainer } from "../find-container.ts";
import type { AskedMounts, ContainerMount } from "./container-mount.ts";
import type { MountRequest, VolumeRequest } from "./mount-request.ts";
import { holdVolume } from "./volumes.ts";

export interface MountOptions {
  readonly mounts?: readonly MountRequest[];
  /** `CONTAINER[:ro|rw]`: its volumes and bind mounts, where nothing else is asked for. */
  readonly volumesFrom?: readonly string[];
}

export interface ResolvedMounts {
  readonly mounts: readonly ContainerMount[];
  readonly asked?: AskedMounts;
  /** Of the container's own configuration: the image's, and those of `-v /PATH`. */
  readonly volumes?: RuntimeConfig["Volumes"];
  /** Keys that the lease holds until the container has its row. */
  readonly held: readonly string[];
}

/**
 * Decides what a new container has mounted, in docker's order: what was asked for by -v and --mount, then what comes from other containers, then a volume for each
 * path that the image declares. Volumes are made and filled here.
 * @throws KasaneError `usage` for two mounts of one place or a source that is missing, `not-found` for a container or image
 */
export async function resolveMounts(
  store: LocalStore,
  lease: LeaseId,
  image: LocalImage,
  { mounts: requests = [], volumesFrom = [] }: MountOptions,
): Promise<ResolvedMounts> {
  const declared = Object.keys(image.config.config?.Volumes ?? {});
  if (requests.length === 0 && volumesFrom.length === 0 && declared.length === 0)
    return { mounts: [], held: [] };
  checkRequests(requests);
  const mounts = new Map<string, ContainerMount>();
  for (const mount of await inherited(store, volumesFrom)) mounts.set(mount.target, mount);
  const held: string[] = [];
  for (const request of requests) {
    if (request.asked.by === "declaration") continue;
    mounts.set(request.target, await mountOf(store, lease, image, request, held));
  }
  const own = requests.filter(({ asked }) => asked.by === "declaration").map(({ target }) => target);
  for (const path of [...declared, ...own]) {
    const target = cleanTarget(path);
    if (target === "/" || mounts.has(target)) continue;
    const request = { kind: "volume", target, readOnly: false, asked: { by: "declaration" } } as const;
    mounts.set(target, await mountOf(store, lease, image, request, held));
  }
  for (const mount of mounts.values()) if (mount.kind === "volume") held.push(volumeKey(mount.name));
  return {
    mounts: [...mounts.values()],
    held,
    ...(requests.length + volumesFrom.length > 0 && { asked: askedMounts(requests, volumesFrom) }),
    ...(declared.length + own.length > 0 && {
      volumes: Object.fromEntries([...declared, ...own].map((path) => [path, {}])),
    }),
  };
}

function checkRequests(requests: readonly MountRequest[]): void {
  const targets = new Set<string>();
  for (const request of requests) {
    // As in docker, a tmpfs that is a setting gives way to a mount.
    if (
      request.asked.by === "tmpfs" &&
      requests.some((other) => other.asked.by === "mount" && other.target === request.target)
    )
      continue;
    if (request.asked.by === "declaration") continue;
    if (targets.has(request.target)) {
      throw new KasaneError("usage", `Duplicate mount point: ${request.target}`, {
        hint: "one place can show one thing: take one of the two away",
      });
    }
    targets.add(request.target);
    if (request.kind !== "bind" || request.createSource) continue;
    if (statSync(request.source, { throwIfNoEntry: false }) !== undefined) continue;
    throw new KasaneError(
      "usage",
      `invalid mount config for type "bind": bind source path does not exist: ${request.source}`,
      { hint: "make it first; -v makes a missing directory by itself" },
    );
  }
}

async function mountOf(
  store: LocalStore,
  lease: LeaseId,
  image: LocalImage,
  request: MountRequest,
  held: string[],
): Promise<ContainerMount> {
  const { target, asked } = request;
  switch (request.kind) {
    case "bind": {
      const { source, readOnly, propagation, nonRecursive, createSource, giveToUser } = request;
      return {
        ...{ kind: "bind", source, target, readOnly },
        ...(propagation && { propagation }),
        ...(nonRecursive && { nonRecursive }),
        ...(createSource && { createSource }),
        ...(giveToUser && { giveToUser }),
        ...(asked.by === "volume" && { mode: asked.mode }),
      };
    }
    case "volume":
      return volumeMount(store, lease, image, request);
    case "tmpfs": {
      const { kind: _, asked: __, ...tmpfs } = request;
      return { kind: "tmpfs", ...tmpfs, ...(asked.by === "tmpfs" && { isSetting: true }) };
    }
    case "image": {
      const { raw } = await store.find(request.image);
      await store.meta.leases.hold(lease, [raw.digest]);
      held.push(raw.digest);
      return { kind: "image", image: request.image, manifest: raw.digest, target };
    }
  }
}

async function volumeMount(
  store: LocalStore,
  lease: LeaseId,
  image: LocalImage,
  { name, target, readOnly, noCopy, subpath, labels, options, giveToUser, asked }: VolumeRequest,
): Promise<ContainerMount> {
  const isAnonymous = name === undefined;
  const volume = await holdVolume(store, lease, {
    ...(name !== undefined && { name }),
    ...(labels && { labels }),
    ...(options && { options }),
    isAnonymous,
  });
  if (!noCopy && subpath === undefined) {
    const { fillVolume } = await import("./fill-volume.ts");
    await fillVolume(store, lease, volume, image, target);
  }
  // What docker says of a volume that -v or --mount names without an option.
  const mode = asked.by === "volume" ? asked.mode || "z" : asked.by === "mount" ? "z" : "";
  return {
    ...{ kind: "volume", name: volume.name, target, readOnly, isAnonymous, mode },
    ...(subpath !== undefined && { subpath }),
    ...(giveToUser && { giveToUser }),
  };
}

/** Volumes and bind mounts of other containers. @throws KasaneError `usage`, `not-found` */
async function inherited(store: LocalStore, volumesFrom: readonly string[]): Promise<ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const text of volumesFrom) {
    const [name = "", mode = ""] = text.split(/:(.*)/s);
    if (name === "") {
      throw new KasaneError("usage", "volumes-from specification cannot be an empty string", {
        hint: "write --volumes-from CONTAINER or CONTAINER:ro",
      });
    }
    if (!["", "ro", "rw", "z", "Z"].includes(mode)) {
      throw new KasaneError("usage", `invalid mode: ${mode}`, { hint: "ro or rw" });
    }
    for (const mount of (await getContainer(store, name)).settings.mounts) {
      if (mount.kind !== "bind" && mount.kind !== "volume") continue;
      // What was written of it elsewhere is not told of here, as docker has it.
      const { mode: _, ...inheritedMount } = mount;
      mounts.push({ ...inheritedMount, readOnly: mount.readOnly || mode === "ro" });
    }
  }
  return mounts;
}

function askedMounts(requests: readonly MountRequest[], volumesFrom: readonly string[]): AskedMounts {
  const each = requests.map(({ asked }) => asked);
  return {
    binds: each.flatMap((asked) => (asked.by === "volume" ? [asked.text] : [])),
    mounts: each.flatMap((asked) => (asked.by === "mount" ? [asked.value] : [])),
    tmpfs: Object.fromEntries(
      requests.flatMap(({ target, asked }) => (asked.by === "tmpfs" ? [[target, asked.options]] : [])),
    ),
    volumesFrom,
  };
}

/** Absolute, without `.`, `..` and slashes at its end. */
export function cleanTarget(path: string): string {
  return posix.normalize(`/${path}`).replace(/(?<=.)\/$/, "");
}
