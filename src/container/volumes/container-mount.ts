import type { Digest } from "../../oci/mod.ts";
import type { Propagation, TmpfsMount } from "../../sandbox/mod.ts";

/** A mount that a container has each time it runs. */
export type ContainerMount = ContainerBind | ContainerVolume | ContainerTmpfs | ContainerImageMount;

export interface ContainerBind {
  readonly kind: "bind";
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation?: Propagation;
  readonly nonRecursive?: boolean;
  readonly createSource?: boolean;
  readonly giveToUser?: boolean;
  /** As it stood in -v, for `inspect`. */
  readonly mode?: string;
}

export interface ContainerVolume {
  readonly kind: "volume";
  readonly name: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Goes with the container where that goes with its volumes. */
  readonly isAnonymous: boolean;
  readonly subpath?: string;
  readonly giveToUser?: boolean;
  readonly mode?: string;
}

export interface ContainerTmpfs extends TmpfsMount {
  /** Told as a setting of the container and not as one of its mounts, as docker tells of `--tmpfs`. */
  readonly isSetting?: boolean;
}

export interface ContainerImageMount {
  readonly kind: "image";
  /** As it was named. */
  readonly image: string;
  readonly manifest: Digest;
  readonly target: string;
}

/** What was asked for, as docker's HostConfig has it. */
export interface AskedMounts {
  readonly binds: readonly string[];
  readonly mounts: readonly Readonly<Record<string, unknown>>[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly volumesFrom: readonly string[];
}

/** A container's volumes, each once. */
export function volumeNamesOf(mounts: readonly ContainerMount[]): string[] {
  return [...new Set(mounts.flatMap((mount) => (mount.kind === "volume" ? [mount.name] : [])))];
}
