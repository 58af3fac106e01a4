import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../../lib/mod.ts";
import type { Device } from "../isolation.ts";
import { deviceRules } from "./device-rules.ts";
import { type Hierarchy, readHierarchies } from "./hierarchies.ts";
import { type Resources, type Setting, settingsV1, settingsV2 } from "./resources.ts";

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
    const { version, controllers, own } = hierarchy;
    if (version === 1 && !controllers.some((one) => wanted.includes(one))) continue;
    if (version === 2 && !unified) continue;
    const path = join(parentIn(hierarchy, options.parent), name);
    if (!make(path, hierarchy)) continue;
    directories.push({
      ...{ version, path, own },
      controllers: version === 2 ? wordsOf(join(path, "cgroup.controllers")) : controllers,
    });
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
  const directories = hierarchies.flatMap((hierarchy): CgroupDirectory[] => {
    const path = join(parentIn(hierarchy, parent), name);
    const { version, controllers, own } = hierarchy;
    if (readText(join(path, "cgroup.procs")) === undefined) return [];
    return [
      {
        version,
        path,
        own,
        controllers: version === 2 ? wordsOf(join(path, "cgroup.controllers")) : controllers,
      },
    ];
  });
  return directories.length > 0 ? { directories } : undefined;
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

/** Sets limits; what cannot be set is told. */
export function applySettings(
  group: Cgroup | undefined,
  resources: Resources,
  onWarning: (message: string) => void,
): void {
  const all = group?.directories[0]?.version === 2 ? settingsV2(resources) : settingsV1(resources);
  // A second time: memory and swap can each be raised only when the other has been.
  const again = all.filter((setting) => write(group, setting) !== undefined);
  const told = new Set<string>();
  for (const setting of again) {
    const problem = write(group, setting);
    // Swap cannot be limited on every kernel; who limits memory without a word of swap is not told.
    const isImplied = setting.flag === "--memory-swap" && resources.memorySwapBytes === undefined;
    if (problem === undefined || (isImplied && group !== undefined) || told.has(setting.flag)) continue;
    told.add(setting.flag);
    onWarning(withoutEffect(setting.flag, problem));
  }
}

function withoutEffect(flag: string, problem: string): string {
  return `${flag} has no effect here: ${problem}`;
}

function write(
  group: Cgroup | undefined,
  { controller, file: usual, otherFile, value }: Setting,
): string | undefined {
  const directory = group?.directories.find(({ controllers }) => controllers.includes(controller));
  if (directory === undefined) return `there is no control group with the controller ${controller}`;
  const isOther = otherFile !== undefined && !existsSync(join(directory.path, usual));
  const file = isOther ? otherFile : usual;
  try {
    writeFileSync(join(directory.path, file), value);
    return undefined;
  } catch (error) {
    return errnoOf(error) === "ENOENT"
      ? `this kernel has no ${file}`
      : `writing ${value} to ${file}: ${errnoOf(error)}`;
  }
}

function restrictDevices({ directories }: Cgroup, rules: readonly string[]): void {
  const directory = directories.find(({ controllers }) => controllers.includes("devices"));
  if (directory === undefined) return;
  try {
    writeFileSync(join(directory.path, "devices.deny"), "a");
    for (const rule of rules) writeFileSync(join(directory.path, "devices.allow"), rule);
  } catch {
    // A group above allows less already.
  }
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

/** Whether it froze. In a tree of version 1 new processes freeze as well. */
export function freezeCgroup(group: Cgroup, isFrozen: boolean): boolean {
  for (const { version, controllers, path } of group.directories) {
    if (version === 1 && !controllers.includes("freezer")) continue;
    const [file, value] =
      version === 2
        ? ["cgroup.freeze", isFrozen ? "1" : "0"]
        : ["freezer.state", isFrozen ? "FROZEN" : "THAWED"];
    try {
      writeFileSync(join(path, file), value);
      return true;
    } catch {
      return false;
    }
  }
  return false;
}

function processesInCgroup({ directories }: Cgroup): number[] {
  const pids = new Set<number>();
  for (const { path } of directories)
    for (const pid of (readText(join(path, "cgroup.procs")) ?? "").split("\n").filter(Boolean))
      pids.add(Number(pid));
  return [...pids].filter((pid) => pid > 0);
}

/** Between its making and its first process a group stands empty for less than this. */
const emptyPatienceMs = 60_000;

export function isAbandoned(group: Cgroup): boolean {
  const madeMs = statSync(group.directories[0]!.path, { throwIfNoEntry: false })?.ctimeMs;
  return (
    madeMs !== undefined && Date.now() - madeMs > emptyPatienceMs && processesInCgroup(group).length === 0
  );
}

const removePatienceMs = 2000;

/** Ends whatever is left in the groups, and takes them away. */
export async function removeCgroup(group: Cgroup): Promise<void> {
  for (const end = performance.now() + removePatienceMs; ; await Bun.sleep(2)) {
    const left = processesInCgroup(group);
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
    // What is frozen does not die.
    if (left.length > 0) freezeCgroup(group, false);
    if (group.directories.every(({ path }) => removeDirectory(path)) || performance.now() > end) return;
  }
}

function removeDirectory(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return true;
    // A program with a tree of its own has made groups below.
    for (const entry of childDirectories(path)) removeDirectory(join(path, entry));
    return false;
  }
}

function childDirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function wordsOf(path: string): string[] {
  return (readText(path) ?? "").trim().split(/\s+/).filter(Boolean);
}
