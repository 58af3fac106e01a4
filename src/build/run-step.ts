import { isProxyArg, type RunInstruction, splitEnv } from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { formatPlatform } from "../oci/mod.ts";
import { runHistory } from "./history.ts";
import type { BuildStep } from "./progress.ts";
import { runCommand } from "./run-command.ts";
import { sandboxOf } from "./run-in-sandbox.ts";
import { runLayer } from "./run-layer.ts";
import { type MountOrigins, RunMounts } from "./run-mounts.ts";
import type { StageBuilder, StepResult } from "./stage-builder.ts";

/**
 * RUN. Its key is everything the command can see: the files below by content, environment, user, directory, mounts, time.
 * @throws KasaneError `build-failed` when the command fails, `sandbox`, `unsupported`, `cancelled`
 */
export async function runStep(
  stage: StageBuilder,
  instruction: RunInstruction,
  origins: MountOrigins,
  step: BuildStep,
): Promise<StepResult> {
  const { session, variables } = stage;
  refuseUnsupported(instruction);
  const mounts = new RunMounts(stage, instruction, origins);
  const command = runCommand(instruction, stage.config.Shell);
  const network = instruction.network === "none" ? "none" : "host";
  const createdBy = runHistory(
    command.argv,
    variables.args().filter(({ name }) => !isProxyArg(name)),
  );
  const env = variables.toEnv().filter((entry) => !isProxyArg(splitEnv(entry)[0]));
  const key = [
    "run/1",
    stage.chain,
    formatPlatform(stage.base.platform),
    command.argv,
    command.script?.content ?? null,
    env.sort(),
    stage.config.User ?? "",
    stage.workingDirectory,
    network,
    await mounts.key(),
    stage.base.timeSeconds,
  ];
  const known = await session.cache.get(key);
  if (known && known !== "none") return { layer: known, isCached: true, createdBy };
  // Before anything is unpacked for it.
  sandboxOf(stage);
  const layer = await session.cache.once(key, () =>
    session.work(() => runLayer({ stage, command, mounts, network, step })),
  );
  await session.cache.put(key, layer, createdBy);
  return { layer, isCached: false, createdBy };
}

function refuseUnsupported(instruction: RunInstruction): void {
  if (instruction.security === "insecure") {
    throw new KasaneError("unsupported", "RUN --security=insecure is not supported in this version", {
      hint: "leave it out: the step runs without the extra power",
    });
  }
  if (instruction.devices.length > 0) {
    throw new KasaneError("unsupported", "RUN --device is not supported in this version", {
      hint: "leave it out, or do in a container what needs the device",
    });
  }
}
