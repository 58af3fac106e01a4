import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Device } from "../isolation.ts";
import { applySettings, restrictDevices } from "./apply-settings.ts";
import { readText, wordsOf } from "./cgroup-files.ts";
import { deviceRules } from "./device-rules.ts";
import { type Hierarchy, readHierarchies } from "./hierarchies.ts";
import type { Resources } from "./resources.ts";

/** The control groups of one container: one directory in each tree that this process may write to. */
export interface Cgroup {
  readonly directories: readonly CgroupDirectory[];
}

export interface CgroupDirectory {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly path: string;
  /** The group of whoever made it. */
  readonly own: string;
}

/** What a stage has to do to be in it. */
export interface CgroupEntry {
  /** Files that a process writes itself into. */
  readonly join: readonly string[];
  /** The same of the groups it comes from. */
  readonly leave: readonly string[];
  /** Controllers of each tree of version 1, as mount(2) wants them. */
  readonly trees: readonly string[];
}

export interface CgroupOptions {
  readonly resources?: Resources | undefined;
  /** Devices that may be used besides the usual; absent: any. */
  readonly devices?: readonly Device[] | undefined;
  readonly deviceRules?: readonly string[] | undefined;
  /** A group below which it is made, as a path from the root. */
  readonly parent?: string | undefined;
  readonly onWarning?: (message: string) => void;
  readonly hierarchies?: readonly Hierarchy[];
}

const usualParent = "kasane";
/** Trees of version 1 in which a container has a group, where they are there. */
const wanted = ["cpu", "cpuacct", "cpuset", "memory", "pids", "freezer", "blkio", "devices"];

/**
 * Makes the groups and sets their limits; a limit that cannot be set is warned of. undefined where no group can be made, as for an ordinary user
 * to whom none was delegated.
 */
export function makeCgroup(name: string, options: CgroupOptions = {}): Cgroup | undefined {
  const { resources = {}, onWarning = () => {}, hierarchies = readHierarchies() } = options;
  const directories: CgroupDirectory[] = [];
  const unified = hierarchies.every(({ version }) => version === 2);
  for (const hierarchy of hierarchies) {
    const { version, controllers } = hierarchy;
    if (version === 1 && !controllers.some((one) => wanted.includes(one))) continue;
    if (version === 2 && !unified) continue;
    const path = join(parentIn(hierarchy, options.parent), name);
    if (make(path, hierarchy)) directories.push(directoryAt(path, hierarchy));
  }
  const group: Cgroup | undefined = directories.length > 0 ? { directories } : undefined;
  applySettings(group, resources, onWarning);
  if (group && options.devices) restrictDevices(group, deviceRules(options.devices, options.deviceRules));
  return group;
}

/** The groups that makeCgroup() made under this name. */
export function findCgroup(
  name: string,
  { parent, hierarchies = readHierarchies() }: Pick<CgroupOptions, "parent" | "hierarchies"> = {},
): Cgroup | undefined {
  const directories = hierarchies.flatMap((hierarchy) => {
    const path = join(parentIn(hierarchy, parent), name);
    return readText(join(path, "cgroup.procs")) === undefined ? [] : [directoryAt(path, hierarchy)];
  });
  return directories.length > 0 ? { directories } : undefined;
}

function directoryAt(path: string, { version, controllers, own }: Hierarchy): CgroupDirectory {
  const here = version === 2 ? wordsOf(join(path, "cgroup.controllers")) : controllers;
  return { version, controllers: here, path, own };
}

/** Names of all groups that are there below the usual parent. */
export function cgroupNames(hierarchies: readonly Hierarchy[] = readHierarchies()): string[] {
  const names = new Set<string>();
  for (const hierarchy of hierarchies) {
    try {
      for (const entry of readdirSync(parentIn(hierarchy, undefined), { withFileTypes: true }))
        if (entry.isDirectory()) names.add(entry.name);
    } catch {
      // There is none in this tree.
    }
  }
  return [...names];
}

/**
 * Moving one thread waits for nobody; moving a process with all its threads waits until every processor has taken notice, some 15 ms. What enters
 * becomes a program next, and of a process that does only one thread is left.
 */
const membersFile = { 1: "tasks", 2: "cgroup.procs" } as const;

export function entryOf(group: Cgroup): CgroupEntry {
  return {
    join: group.directories.map(({ path, version }) => join(path, membersFile[version])),
    leave: group.directories.map(({ own, version }) => join(own, membersFile[version])),
    trees: group.directories.flatMap(({ version, controllers }) =>
      version === 1 ? [controllers.join(",")] : [],
    ),
  };
}

/** Where the groups of containers are made: `kasane` at the root, or in the topmost group that was delegated to this user. */
function parentIn(hierarchy: Hierarchy, parent: string | undefined): string {
  const { mount, own } = hierarchy;
  if (parent !== undefined && parent !== "") return join(mount, parent);
  if (process.geteuid?.() === 0 && isWritable(mount)) return join(mount, usualParent);
  let best = own;
  for (let path = own; path.length >= mount.length && isWritable(path); path = dirname(path)) best = path;
  return join(best, usualParent);
}

function isWritable(path: string): boolean {
  try {
    // The kernel asks for the file that members are written into.
    writeFileSync(join(path, "cgroup.procs"), "", { flag: "r+" });
    return true;
  } catch {
    return false;
  }
}

/** With the controllers of version 2 handed down, and processors and memory nodes for a cpuset of version 1. */
function make(path: string, { version, controllers }: Hierarchy): boolean {
  try {
    for (const directory of [dirname(path), path]) {
      if (version === 2) handDown(dirname(directory));
      mkdirSync(directory, { recursive: true });
      if (version === 1 && controllers.includes("cpuset")) inheritCpuset(directory);
    }
    return true;
  } catch {
    return false;
  }
}

function handDown(path: string): void {
  const control = join(path, "cgroup.subtree_control");
  const missing = wordsOf(join(path, "cgroup.controllers")).filter(
    (name) => !wordsOf(control).includes(name),
  );
  for (const name of missing) {
    try {
      writeFileSync(control, `+${name}`);
    } catch {
      // Processes in this very group forbid it, or whoever delegated it.
    }
  }
}

function inheritCpuset(path: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (readText(join(path, file))?.trim()) continue;
    const above = readText(join(dirname(path), file))?.trim();
    if (above) writeFileSync(join(path, file), above);
  }
}
