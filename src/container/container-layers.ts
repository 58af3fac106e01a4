import { existsSync } from "node:fs";
import { join } from "node:path";
import { pairLayers } from "../image/mod.ts";
import type { Digest } from "../oci/mod.ts";
import { type LocalStore, unpackedDirectories } from "../store/mod.ts";
import type { Container } from "./container.ts";
import { containerDirectory, upperDirectory } from "./container-directory.ts";
import { containerImage } from "./container-image.ts";
import { mountedRoot } from "./mounted-root.ts";

/** What overlay makes a container's root of, by its own names. */
export interface ContainerLayers {
  /** Layers of the image, top first, as overlay takes them. */
  readonly lower: readonly {
    readonly digest: Digest;
    /** Counted from the base, 0. */
    readonly position: number;
    /** Unpacked once for all images and containers that have the layer; absent until one of them needs it. */
    readonly directory?: string;
  }[];
  /** The container's own layer: what it has written, and the marks of what it removed. */
  readonly upper: string;
  /** Overlay's, beside upper; there once the container was started or mounted. */
  readonly work?: string;
  /** All of them together: of a mounted container where it is mounted, of a running one what its program sees. */
  readonly merged?: string;
}

export async function containerLayers(store: LocalStore, container: Container): Promise<ContainerLayers> {
  const image = await containerImage(store, container);
  const directories = await unpackedDirectories(store.root, image);
  const lower = pairLayers(image.manifest, image.config).map(({ descriptor }, position) => {
    const directory = directories[position];
    return { digest: descriptor.digest, position, ...(directory !== undefined && { directory }) };
  });
  const work = join(containerDirectory(store, container.id), "work");
  const { state } = container;
  const pid = state.kind === "running" ? state.programPid : undefined;
  const merged = mountedRoot(store, container.id) ?? (pid === undefined ? undefined : `/proc/${pid}/root`);
  return {
    lower: lower.toReversed(),
    upper: upperDirectory(store, container.id),
    ...(existsSync(work) && { work }),
    ...(merged !== undefined && { merged }),
  };
}

/** As docker's `inspect` has them under GraphDriver: of a container that was never started, only what is there. */
export function graphDriverData({ lower, upper, work, merged }: ContainerLayers): Record<string, string> {
  const directories = lower.flatMap(({ directory }) => directory ?? []);
  return {
    ...(directories.length === lower.length && { LowerDir: directories.join(":") }),
    ...(merged !== undefined && { MergedDir: merged }),
    UpperDir: upper,
    ...(work !== undefined && { WorkDir: work }),
  };
}
