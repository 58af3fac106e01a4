import type { BuildCacheEntry } from "../../build/mod.ts";
import { goTime } from "../text/go-time.ts";
import { humanAgo, humanSize } from "../text/units.ts";
import { isMutable } from "./cache-selection.ts";

export function isReclaimable({ isInUse, isShared }: BuildCacheEntry): boolean {
  return !isInUse && !isShared;
}

/** As buildx prints one with --verbose. */
export function verboseEntry(entry: BuildCacheEntry): string {
  const { id, createdAtMs, isShared, sizeBytes, description, uses, usedAtMs, kind } = entry;
  const lines: [string, string][] = [
    ["ID", id],
    ["Created at", goTime(createdAtMs)],
    ["Mutable", String(isMutable(entry))],
    ["Reclaimable", String(isReclaimable(entry))],
    ["Shared", String(isShared)],
    ["Size", humanSize(sizeBytes)],
    ["Description", description],
    ...(uses === undefined ? [] : [["Usage count", String(uses)] as [string, string]]),
    ["Last used", humanAgo(usedAtMs, Date.now())],
    ["Type", kind],
  ];
  return lines.map(([name, value]) => `${`${name}:`.padEnd(16)}${value}\n`).join("");
}
