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
  const map = subordinateMap();
  return typeof map === "string" ? map : undefined;
}

/**
 * Gives the user namespace of process `pid` the caller's subordinate ids.
 * @returns why that is not possible, or undefined when it is done
 */
export async function mapSubordinateIds(pid: number): Promise<string | undefined> {
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
    // Since Linux 5.12: uid 0 of the outside comes with the power over file capabilities.
    if (process.geteuid!() === 0 && errnoOf(error) === "EPERM")
      return "root without the capability SETFCAP cannot be mapped";
    return messageOf(error);
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
