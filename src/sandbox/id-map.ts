import { readFileSync, writeFileSync } from "node:fs";
import { errnoOf, messageOf } from "../lib/mod.ts";
import { findTool } from "./find-tool.ts";

/** Ids of this user, first and how many, as /etc/subuid and /etc/subgid grant them. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** The ranges that a file like /etc/subuid (`name-or-uid:start:count`) gives to a user. */
export function parseSubordinateIds(text: string, user: { name: string; uid: number }): IdRange[] {
  const ranges: IdRange[] = [];
  for (const line of text.split("\n")) {
    const [who, start, count] = line.trim().split(":");
    if (who !== user.name && who !== String(user.uid)) continue;
    if (!/^\d+$/.test(start ?? "") || !/^\d+$/.test(count ?? "") || Number(count) === 0) continue;
    ranges.push({ start: Number(start), count: Number(count) });
  }
  return ranges;
}

/** The arguments of newuidmap: the caller becomes 0, the ranges follow one after the other. */
export function mapArguments(own: number, ranges: readonly IdRange[]): string[] {
  const rows = [[0, own, 1]];
  let next = 1;
  for (const { start, count } of ranges) {
    rows.push([next, start, count]);
    next += count;
  }
  return rows.flat().map(String);
}

/** CAP_SETFCAP: since Linux 5.12, root without it cannot be root of a user namespace either. */
const setfcap = 1n << 31n;
/** With CAP_SETGID and CAP_SETUID besides, root maps what it likes, as in a container that withholds only mounting. */
const mappingCapabilities = (1n << 6n) | (1n << 7n) | setfcap;
const allIds = 2 ** 32 - 1;

function hasCapabilities(wanted: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(textOf("/proc/self/status"))?.[1] ?? "0";
  return (BigInt(`0x${effective}`) & wanted) === wanted;
}

/** Why this user cannot be mapped at all. */
export function whyUnmappable(): string | undefined {
  if (process.geteuid!() !== 0 || hasCapabilities(setfcap)) return undefined;
  return "root without the capability SETFCAP cannot be mapped";
}

/** The map that gives a user namespace every id we have, as the file wants it; undefined for those who may not write it. */
function ownIdMap(name: "uid_map" | "gid_map"): string | undefined {
  if (process.geteuid!() !== 0 || !hasCapabilities(mappingCapabilities)) return undefined;
  const rows = textOf(`/proc/self/${name}`).trim().split("\n");
  return rows
    .map((row) => {
      const [inside, , count] = row.trim().split(/\s+/).map(Number) as [number, number, number];
      // One fewer, so that the map does not look like the machine's own.
      return `${inside} ${inside} ${Math.min(count, allIds - 1)}\n`;
    })
    .join("");
}

/** What one of the two maps is written with: newuidmap or newgidmap, and its arguments after the pid. */
interface MapTool {
  readonly name: string;
  readonly program: string;
  readonly rows: readonly string[];
}

/** The tools that map the caller's subordinate ids, or why nothing but the own uid can be mapped. */
function subordinateMap(): readonly MapTool[] | string {
  const uid = process.geteuid!();
  const user = { name: nameOf(uid), uid };
  const tools: MapTool[] = [];
  for (const [file, name, own] of [
    ["/etc/subuid", "newuidmap", uid],
    ["/etc/subgid", "newgidmap", process.getegid!()],
  ] as const) {
    const ranges = parseSubordinateIds(textOf(file), user);
    if (ranges.length === 0) return `${file} has no entry for ${user.name}`;
    const program = findTool(name);
    if (program === undefined) return `${name} is not installed (package uidmap)`;
    tools.push({ name, program, rows: mapArguments(own, ranges) });
  }
  return tools;
}

/** Why this user has no uid but the own one in a user namespace; undefined where there are more. */
export function whySingleUid(): string | undefined {
  if (ownIdMap("uid_map") !== undefined) return undefined;
  const map = subordinateMap();
  return typeof map === "string" ? map : undefined;
}

/**
 * Gives the user namespace of process `pid` the caller's subordinate ids; that of root all ids root has.
 * @returns why that is not possible, or undefined when it is done
 */
export async function mapSubordinateIds(pid: number): Promise<string | undefined> {
  const own = { uids: ownIdMap("uid_map"), gids: ownIdMap("gid_map") };
  if (own.uids !== undefined && own.gids !== undefined) {
    try {
      writeFileSync(`/proc/${pid}/gid_map`, own.gids);
      writeFileSync(`/proc/${pid}/uid_map`, own.uids);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }
  const map = subordinateMap();
  if (typeof map === "string") return map;
  for (const { name, program, rows } of map) {
    const child = Bun.spawn([program, String(pid), ...rows], { stdio: ["ignore", "ignore", "pipe"] });
    const [complaint, code] = await Promise.all([child.stderr.text(), child.exited]);
    if (code !== 0) return complaint.trim().split("\n")[0] || `${name} ended with ${code}`;
  }
  return undefined;
}

/**
 * Maps the caller alone, as root.
 * @returns why that is not possible, or undefined when it is done
 */
export function mapSingleId(pid: number): string | undefined {
  try {
    writeFileSync(`/proc/${pid}/setgroups`, "deny");
    writeFileSync(`/proc/${pid}/gid_map`, `0 ${process.getegid!()} 1\n`);
    writeFileSync(`/proc/${pid}/uid_map`, `0 ${process.geteuid!()} 1\n`);
    return undefined;
  } catch (error) {
    return (errnoOf(error) === "EPERM" ? whyUnmappable() : undefined) ?? messageOf(error);
  }
}

/** By id(1), which knows the users of directory services too; the runtime believes $USER. */
function nameOf(uid: number): string {
  const id = findTool("id");
  const name =
    id === undefined ? "" : Bun.spawnSync([id, "-un"], { stderr: "ignore" }).stdout.toString().trim();
  return name || String(uid);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
