import { isProxyArg, type RunInstruction, splitEnv } from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import { formatPlatform } from "../oci/mod.ts";
import type { StepResult } from "./apply-step.ts";
import { layersPart } from "./cache/layer-stack.ts";
import { type KeyPart, type StepKey, setting } from "./cache/step-key.ts";
import { grantedPowers } from "./entitlements.ts";
import { runHistory } from "./history.ts";
import type { BuildStep } from "./progress.ts";
import { runCommand } from "./run-command.ts";
import { type MountOrigins, RunMounts } from "./run-mounts.ts";
import { surroundingsKey } from "./run-surroundings.ts";
import { sandboxOf } from "./sandbox-of.ts";
import type { StageBuilder } from "./stage-builder.ts";
import { stepDevices } from "./step-devices.ts";

/** What a stage has after a RUN. */
export interface WhatFollows {
  /** A later step runs on top of this one. */
  readonly isRunOn: boolean;
  /** A RUN follows in this stage. */
  readonly isRunNext: boolean;
  /** Begins what need not wait for the end of the command. */
  workAhead(): void;
}

export const nothingFollows: WhatFollows = { isRunOn: false, isRunNext: false, workAhead() {} };

/**
 * RUN. Its key is everything the command can see: the files below by content, environment, user, directory, mounts, time.
 * @throws KasaneError `build-failed` when the command fails, `sandbox`, `unsupported`, `cancelled`
 */
export async function runStep(
  stage: StageBuilder,
  instruction: RunInstruction,
  origins: MountOrigins,
  { step, ...follows }: { readonly step: BuildStep } & WhatFollows,
): Promise<StepResult> {
  const { session, variables } = stage;
  const { allow, network: usual, deviceGrants, surroundings = {} } = session.options;
  const onWarning = (message: string): void => session.warnOnce(message);
  const { network, isPrivileged } = grantedPowers(instruction, { allow, network: usual });
  const { devices } = instruction;
  const cdiDevices = await stepDevices(devices, {
    grants: deviceGrants,
    specDirs: surroundings.isolation?.cdiSpecDirs,
    onWarning,
  });
  // Nor is the sandbox loaded where every step is cached.
  if (isPrivileged && (await import("../sandbox/mod.ts")).privilege() !== "root") {
    onWarning(
      "RUN --security=insecure has all powers over what is yours, but not over this machine: its devices, kernel modules and the like need root",
    );
  }
  const mounts = new RunMounts(stage, instruction, origins);
  const command = runCommand(instruction, stage.config.Shell);
  const createdBy = runHistory(
    command.argv,
    variables.args().filter(({ name }) => !isProxyArg(name)),
  );
  const hostname = session.options.buildArgs?.BUILDKIT_SANDBOX_HOSTNAME;
  const keyOf = async (by: "layers" | "content"): Promise<StepKey> => ({
    form: `run/2 ${by}`,
    parts: [
      { kind: "instruction", name: "command", value: command.argv },
      { kind: "instruction", name: "script", value: command.script?.content ?? null },
      ...variableParts(stage),
      ...(await mounts.key(by)),
      setting("user", stage.config.User ?? ""),
      setting("working directory", stage.workingDirectory),
      setting("network", network),
      ...(isPrivileged ? [setting("security", "insecure")] : []),
      ...(hostname === undefined ? [] : [setting("host name", hostname)]),
      ...(devices.length === 0 ? [] : [setting("devices", devices)]),
      ...surroundingsKey(surroundings),
      setting("platform", formatPlatform(stage.base.platform)),
      stage.times.keyPart,
      layersPart(stage.chain, () => stage.image()),
    ],
  });
  const run = async (isSilent = false) => {
    const { runLayer } = await import("./run-layer.ts");
    const power = { network, isPrivileged, cdiDevices, hostname };
    const after = isSilent ? nothingFollows : follows;
    return runLayer({ stage, command, mounts, ...power, ...after, step, isSilent });
  };
  const verified = async (result: StepResult & { layer: ImageLayer }): Promise<StepResult> => {
    await session.reproducibility?.check(step, result, () => run(true));
    return result;
  };
  const key = await keyOf("layers");
  const known = await stage.cache.get(key);
  if (known && known !== "none") return verified({ layer: known, isCached: true, createdBy });
  // A stage that was made anew may hold the same files: then this step need not run.
  const contentKey = (await mounts.hasStages()) ? await keyOf("content") : undefined;
  const same = contentKey && (await stage.cache.get(contentKey));
  if (same && same !== "none") {
    await session.cache.put(key, same, createdBy);
    return verified({ layer: same, isCached: true, isSameAsBefore: true, createdBy });
  }
  // Before anything is unpacked for it.
  sandboxOf(stage);
  if (!session.starts.has(network)) session.starts.expect(network);
  await stage.missed(step, key);
  const layer = await session.cache.once(key, () => session.work(() => run()));
  await session.cache.put(key, layer, createdBy);
  if (contentKey) await session.cache.put(contentKey, layer, createdBy);
  return verified({ layer, isCached: false, createdBy });
}

/** What the command sees of ENV and ARG, by name. The proxy's address decides no result. */
function variableParts({ variables }: StageBuilder): KeyPart[] {
  const args = new Set(variables.args().map(({ name }) => name));
  return variables
    .toEnv()
    .map(splitEnv)
    .filter(([name]) => !isProxyArg(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ kind: args.has(name) ? "argument" : "environment", name, value }));
}
