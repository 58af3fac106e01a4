import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** True when this process was told to live through a signal, as nohup(1) does with SIGHUP: asked before a handler is set. */
export function isIgnored(signal: NodeJS.Signals): boolean {
  return (maskOf("self", "SigIgn") & bitOf(signal)) !== 0n;
}

/** True when a process neither handles nor ignores a signal, nor keeps it waiting to fetch it itself. */
export function isUnnoticed(pid: number, signal: NodeJS.Signals): boolean {
  const noticed = maskOf(pid, "SigBlk") | maskOf(pid, "SigIgn") | maskOf(pid, "SigCgt");
  return (noticed & bitOf(signal)) === 0n;
}

function maskOf(pid: number | "self", name: "SigBlk" | "SigIgn" | "SigCgt"): bigint {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1] ?? "0"}`);
}

function bitOf(signal: NodeJS.Signals): bigint {
  return 1n << BigInt(constants.signals[signal] - 1);
}
