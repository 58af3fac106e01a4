import { readFileSync } from "node:fs";
import type { OverlayXattrs } from "../layer/mod.ts";

/** How this process can write file trees. */
export interface Ownership {
  readonly xattrs: OverlayXattrs;
  /** `ignore`: only one uid is there, files belong to the caller and the true owner stands in an xattr. */
  readonly ownership: "keep" | "ignore";
}

const capSysAdmin = 1n << 21n;

/** What the kernel lets this process do, from /proc: who it is, which ids are mapped, which capabilities it has. */
export function detectOwnership(): Ownership {
  const ids = mappedIds();
  const isInitialNamespace = ids >= 2 ** 32 - 1;
  const canTrust = isInitialNamespace && (effectiveCapabilities() & capSysAdmin) !== 0n;
  const canChown = process.geteuid?.() === 0 && ids > 1;
  return { xattrs: canTrust ? "trusted" : "user", ownership: canChown ? "keep" : "ignore" };
}

function mappedIds(): number {
  try {
    const lines = readFileSync("/proc/self/uid_map", "utf8").trim().split("\n");
    return lines.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2]), 0);
  } catch {
    return 1;
  }
}

function effectiveCapabilities(): bigint {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  } catch {
    return 0n;
  }
}
