import { fstatSync } from "node:fs";
import { openInside } from "./inside.ts";
import type { Furnishing } from "./mount.ts";
import { StageFailure, type StagePlan } from "./plan.ts";

export function openWorkingDirectory(plan: StagePlan, { root, onMade }: Furnishing): number {
  // A container gets a working directory that is missing; who enters one has to name what is there.
  const isEntered = plan.join !== undefined;
  const cwd = openInside(root, plan.cwd, isEntered ? {} : { make: "directory", onMade });
  if (cwd === undefined) {
    throw new StageFailure(`working directory ${plan.cwd} does not exist`, {
      hint: "name another with -w",
      exitCode: 126,
    });
  }
  if (fstatSync(cwd).isDirectory()) return cwd;
  throw new StageFailure(`working directory ${plan.cwd} is not a directory`, {
    hint: "name another with WORKDIR or -w",
  });
}
