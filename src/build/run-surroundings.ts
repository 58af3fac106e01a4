import type { BindMount, Isolation } from "../sandbox/mod.ts";
import { type KeyPart, setting } from "./cache/step-key.ts";

/** A line of /etc/hosts. */
export interface HostLine {
  readonly name: string;
  readonly address: string;
}

/** What every RUN of a build has around it, where that is not the usual. */
export interface RunSurroundings {
  readonly isolation?: Isolation;
  /** Directories and files of this machine. What they hold is no part of a step's key. */
  readonly mounts?: readonly BindMount[];
  readonly hosts?: readonly HostLine[];
  /** The text of /etc/resolv.conf, in place of this machine's. */
  readonly resolvConf?: string;
}

/**
 * What of them may decide a result. Where a name leads, and how much a step may take, do not: the same build is run on other machines, and
 * with other limits.
 */
export function surroundingsKey({ isolation = {}, mounts = [], hosts = [] }: RunSurroundings): KeyPart[] {
  const {
    resources: _,
    cgroupParent: __,
    oomScoreAdj: ___,
    runtime: ____,
    cdiSpecDirs: _____,
    ...deciding
  } = isolation;
  const parts: KeyPart[] = [];
  if (Object.keys(deciding).length > 0) parts.push(setting("isolation", deciding));
  if (mounts.length > 0) parts.push(setting("volumes", mounts));
  if (hosts.length > 0) parts.push(setting("hosts", hosts.map(({ name }) => name).sort()));
  return parts;
}
