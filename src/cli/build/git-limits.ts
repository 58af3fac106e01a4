import type { BuildOptions } from "../../build/mod.ts";
import { parseGoDuration, parseSize } from "../../lib/mod.ts";
import { usage } from "../flags.ts";

/** `KASANE_GIT_TIMEOUT` and `KASANE_GIT_SIZE`. @throws KasaneError `usage` */
export function gitLimits(
  env: Readonly<Record<string, string | undefined>>,
): NonNullable<BuildOptions["gitLimits"]> {
  const { KASANE_GIT_TIMEOUT: timeout, KASANE_GIT_SIZE: size } = env;
  const idleNs = timeout ? parseGoDuration(timeout) : undefined;
  if (timeout && !(idleNs !== undefined && idleNs > 0))
    throw usage(`KASANE_GIT_TIMEOUT is a time like 5m, not ${JSON.stringify(timeout)}`, "build");
  return {
    ...(idleNs !== undefined && { idleMs: idleNs / 1e6 }),
    ...(size && { maxBytes: size === "unlimited" ? Number.POSITIVE_INFINITY : parseSize(size) }),
  };
}
