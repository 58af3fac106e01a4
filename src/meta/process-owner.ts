import { readFileSync, readlinkSync } from "node:fs";

/**
 * Who owns a lease or a claim, as one text: boot, pid namespace, pid and the time the process started. A pid alone is not enough: it is
 * given out again, means something else in another namespace, and nothing after a reboot.
 */
export type ProcessOwner = string & { readonly __owner: unique symbol };

let own: { pid: number; owner: ProcessOwner } | undefined;

export function currentOwner(): ProcessOwner {
  if (own?.pid !== process.pid) {
    const start = startTimeOf(process.pid) ?? "?";
    own = {
      pid: process.pid,
      owner: `${bootId()} ${pidNamespace()} ${process.pid} ${start}` as ProcessOwner,
    };
  }
  return own.owner;
}

/**
 * Whether the owner runs; undefined where this process cannot know (another pid namespace, a system without /proc): then only
 * time tells. A zombie has done all it will ever do.
 */
export function isOwnerAlive(owner: string): boolean | undefined {
  if (owner === currentOwner()) return true;
  const [boot, namespace, pid, start] = owner.split(" ");
  if (boot === "?" || start === "?" || bootId() === "?") return undefined;
  if (boot !== bootId()) return false;
  if (namespace !== pidNamespace() || namespace === "?") return undefined;
  return startTimeOf(Number(pid)) === start;
}

let boot: string | undefined;
function bootId(): string {
  boot ??= readSmall("/proc/sys/kernel/random/boot_id")?.trim() || "?";
  return boot;
}

let namespace: string | undefined;
function pidNamespace(): string {
  if (namespace === undefined) {
    try {
      namespace = readlinkSync("/proc/self/ns/pid");
    } catch {
      namespace = "?";
    }
  }
  return namespace;
}

/** Field 22 of proc(5) stat, in clock ticks since boot; undefined when no such process runs. */
function startTimeOf(pid: number): string | undefined {
  const stat = readSmall(`/proc/${pid}/stat`);
  // The command name, in brackets, may hold blanks and brackets of its own.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields?.[0];
  return state === undefined || state === "Z" || state === "X" ? undefined : fields?.[19];
}

function readSmall(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
