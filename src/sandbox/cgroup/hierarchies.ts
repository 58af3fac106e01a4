import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** One tree of control groups as this process sees it. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted. */
  readonly mount: string;
  /** What may be asked of it; of version 2, what its root offers is in `cgroup.controllers`. */
  readonly controllers: readonly string[];
  /** The directory of this process's own group. */
  readonly own: string;
}

export interface CgroupTables {
  /** Of /proc/self/mountinfo. */
  readonly mountinfo: string;
  /** Of /proc/self/cgroup. */
  readonly membership: string;
}

/** The trees that are mounted here. A mounted tree of version 2 beside those of version 1 has no controllers worth asking for, and comes last. */
export function readHierarchies(tables: CgroupTables = ownTables()): Hierarchy[] {
  const groups = new Map(
    tables.membership
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [, names = "", path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
        return [names, path] as const;
      }),
  );
  const found = new Map<string, Hierarchy>();
  for (const line of tables.mountinfo.split("\n")) {
    const [before, after] = line.split(" - ");
    if (before === undefined || after === undefined) continue;
    const [, , , root = "/", mount = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") continue;
    const names = type === "cgroup2" ? "" : namesIn(options, [...groups.keys()]);
    const path = names === undefined ? undefined : groups.get(names);
    if (names === undefined || path === undefined || found.has(names)) continue;
    found.set(names, {
      version: type === "cgroup2" ? 2 : 1,
      mount: withoutEscapes(mount),
      controllers: names === "" ? [] : names.split(","),
      own: join(withoutEscapes(mount), relative(root, path)),
    });
  }
  return [...found.values()].sort((a, b) => a.version - b.version);
}

/** The names that the membership has for the hierarchy with these mount options. */
function namesIn(options: string, known: readonly string[]): string | undefined {
  const all = options.split(",");
  return known.find((names) => names !== "" && names.split(",").every((name) => all.includes(name)));
}

function withoutEscapes(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function ownTables(): CgroupTables {
  return {
    mountinfo: readFileSync("/proc/self/mountinfo", "utf8"),
    membership: readFileSync("/proc/self/cgroup", "utf8"),
  };
}
