import { readFileSync } from "node:fs";
import {
  type BindMount,
  type CgroupEntry,
  entryOf,
  type FileMount,
  type Isolation,
  makeCgroup,
  removeCgroup,
} from "../sandbox/mod.ts";
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
  const { resources: _, cgroupParent: __, oomScoreAdj: ___, runtime: ____, ...deciding } = isolation;
  const parts: KeyPart[] = [];
  if (Object.keys(deciding).length > 0) parts.push(setting("isolation", deciding));
  if (mounts.length > 0) parts.push(setting("volumes", mounts));
  if (hosts.length > 0) parts.push(setting("hosts", hosts.map(({ name }) => name).sort()));
  return parts;
}

/** /etc/hosts and /etc/resolv.conf, as far as they differ from those that a step has anyway. */
export function networkFiles(
  { hosts = [], resolvConf }: RunSurroundings,
  step: { readonly network: "none" | "host"; readonly hostname: string },
): FileMount[] {
  const files: FileMount[] = [];
  if (hosts.length > 0) files.push(fileMount("/etc/hosts", hostsText(hosts, step)));
  if (resolvConf !== undefined) files.push(fileMount("/etc/resolv.conf", resolvConf));
  return files;
}

function hostsText(
  hosts: readonly HostLine[],
  { network, hostname }: { readonly network: "none" | "host"; readonly hostname: string },
): string {
  const machine = network === "host" ? textOf("/etc/hosts") : "";
  const local = /\blocalhost\b/.test(machine) ? "" : "127.0.0.1\tlocalhost\n::1\tlocalhost\n";
  const lines = [...hosts, { name: hostname, address: "127.0.0.1" }];
  // The first line of a name counts.
  return `${lines.map(({ name, address }) => `${address}\t${name}\n`).join("")}${local}${machine}`;
}

function fileMount(target: string, text: string): FileMount {
  return {
    kind: "file",
    base64: Buffer.from(text).toString("base64"),
    target,
    mode: 0o644,
    ...{ uid: 0, gid: 0 },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The control groups of one step, where it has limits; where none can be made, that is warned of. */
export async function inCgroup<T>(
  { isolation = {} }: RunSurroundings,
  onWarning: (message: string) => void,
  run: (cgroup: CgroupEntry | undefined) => Promise<T>,
): Promise<T> {
  const { resources, cgroupParent: parent } = isolation;
  if (resources === undefined && parent === undefined) return run(undefined);
  const cgroup = makeCgroup(`build-${crypto.randomUUID()}`, { resources, parent, onWarning });
  try {
    return await run(cgroup && entryOf(cgroup));
  } finally {
    if (cgroup !== undefined) await removeCgroup(cgroup);
  }
}
