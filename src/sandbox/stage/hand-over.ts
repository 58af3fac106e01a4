import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "./execute.ts";
import { attempt, sys } from "./kernel.ts";
import { mountNew } from "./mount.ts";
import { type BundleParts, ociConfig } from "./oci-config.ts";
import type { StagePlan } from "./plan.ts";

/**
 * Writes a bundle for a runtime (runc, crun, or what has their command line), and becomes that runtime, which runs the program to its end. All of it is on
 * the tmpfs of this mount namespace, and so is the runtime's state: nothing stays.
 */
export function handOver(plan: StagePlan, staging: string, parts: BundleParts): never {
  const { program, id } = plan.confinement.runtime!;
  const bundle = join(staging, "bundle");
  const state = join(staging, "state");
  mkdirSync(bundle);
  mkdirSync(state);
  writeFileSync(join(bundle, "config.json"), JSON.stringify(ociConfig(plan, parts)));
  // The runtime looks at itself and at its children there, by the numbers of the pid namespace around it.
  attempt(() => mountNew("proc", "/proc", { noSetuid: true, noDevices: true, noExecute: true }), "EPERM");
  // Beside trees of version 1 it is of no use, and crun does not begin where it sees it.
  if (existsSync("/sys/fs/cgroup/unified"))
    attempt(() => mountNew("tmpfs", "/sys/fs/cgroup/unified", { noSetuid: true }), "EPERM", "EACCES");
  sys("fchdir", sys("openat", -100, bundle, 0o10200000, 0));
  execute(
    program,
    [program, "--root", state, "run", "--bundle", bundle, id],
    ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", `XDG_RUNTIME_DIR=${state}`],
  );
}
