import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { messageOf } from "../lib/mod.ts";
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

/**
 * Gives the user namespace of process `pid` the caller's subordinate ids.
 * @returns why that is not possible, or undefined when it is done
 */
export async function mapSubordinateIds(pid: number): Promise<string | undefined> {
  const uid = process.geteuid!();
  const user = { name: nameOf(uid), uid };
  for (const [file, tool, own] of [
    ["/etc/subuid", "newuidmap", uid],
    ["/etc/subgid", "newgidmap", process.getegid!()],
  ] as const) {
    const ranges = parseSubordinateIds(textOf(file), user);
    if (ranges.length === 0) return `${file} has no entry for ${user.name}`;
    const program = findTool(tool);
    if (program === undefined) return `${tool} is not installed (package uidmap)`;
    const child = Bun.spawn([program, String(pid), ...mapArguments(own, ranges)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [complaint, code] = await Promise.all([child.stderr.text(), child.exited]);
    if (code !== 0) return complaint.trim().split("\n")[0] || `${tool} ended with ${code}`;
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
    return messageOf(error);
  }
}

function nameOf(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    return String(uid);
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
