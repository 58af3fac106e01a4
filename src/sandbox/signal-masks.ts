import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** True when this process was told to live through a signal, as nohup(1) does with SIGHUP: asked before a handler is set. */
export function isIgnored(signal: NodeJS.Signals): boolean {
  return (maskIn(readFileSync("/proc/self/status", "utf8"), "SigIgn") & bitOf(signal)) !== 0n;
}

/**
 * What becomes of a signal that a process 1 is sent: the kernel drops what it neither handles nor ignores. One that it blocks it may fetch
 * itself; but shells block everything for the moment in which they start a program, and nobody can tell whether the signal came before.
 */
export function fateOf(pid: number, signal: NodeJS.Signals): "noticed" | "blocked" | "dropped" {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const isIn = (name: Mask) => (maskIn(status, name) & bitOf(signal)) !== 0n;
  if (isIn("SigIgn") || isIn("SigCgt")) return "noticed";
  return isIn("SigBlk") ? "blocked" : "dropped";
}

type Mask = "SigBlk" | "SigIgn" | "SigCgt";

function maskIn(status: string, name: Mask): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
}

function bitOf(signal: NodeJS.Signals): bigint {
  return 1n << BigInt(constants.signals[signal] - 1);
}
