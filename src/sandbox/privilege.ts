import { readFileSync } from "node:fs";

/**
 * What this process may do with mounts and owners: `root` of the machine, root of a user namespace, or neither. By capability and uid map,
 * not by uid: uid 0 of a plain container may do neither.
 */
export type Privilege = "root" | "user-namespace" | "none";

const CAP_SYS_ADMIN = 21n;

export function privilege(): Privilege {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 0n) return "none";
  const [inside, outside, count] = mapOf("uid_map")[0] ?? [];
  return inside === 0 && outside === 0 && count === 0xffffffff ? "root" : "user-namespace";
}

/** True where one uid is mapped: every file belongs to the caller, and its owner is kept beside it. */
export function hasSingleUid(): boolean {
  const sizeOf = (map: number[][]) => map.reduce((sum, [, , count]) => sum + (count ?? 0), 0);
  return sizeOf(mapOf("uid_map")) <= 1 || sizeOf(mapOf("gid_map")) <= 1;
}

/** Rows of first id inside, first id outside, how many. */
function mapOf(name: "uid_map" | "gid_map"): number[][] {
  return readFileSync(`/proc/self/${name}`, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
}
