import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isProxyArg, splitEnv } from "../dockerfile/mod.ts";
import { isKasaneError, KasaneError } from "../lib/mod.ts";
import { type ExitStatus, injectDevices, type RootFilesystem, type SandboxMount } from "../sandbox/mod.ts";
import { foreignHint } from "./foreign-programs.ts";
import { networkFiles } from "./network-files.ts";
import { OutputTail } from "./output-tail.ts";
import type { BuildStep } from "./progress.ts";
import type { RunCommand } from "./run-command.ts";
import type { RunMounts } from "./run-mounts.ts";
import type { WhatFollows } from "./run-step.ts";
import { sandboxOf } from "./sandbox-of.ts";
import type { StageBuilder } from "./stage-builder.ts";
import { inCgroup } from "./step-cgroup.ts";

/** Everything one RUN is. */
export interface RunParts extends WhatFollows {
  readonly stage: StageBuilder;
  readonly command: RunCommand;
  readonly mounts: RunMounts;
  readonly network: "none" | "host";
  readonly isPrivileged: boolean;
  /** By their full names. */
  readonly cdiDevices: readonly string[];
  /** The name the step sees its machine under; a fixed one where absent. */
  readonly hostname?: string | undefined;
  readonly step: BuildStep;
  /** Nobody is told what it prints: it has been told before. */
  readonly isSilent?: boolean;
}

/** The name every step sees itself under: a real one would end up in files. */
const usualHostname = "kasane";
const shownLines = 20;

/**
 * Runs the command; returns how it ended: well.
 * @throws KasaneError `build-failed` where the command fails or cannot be started, `sandbox`, `unsupported`, `cancelled`
 */
export async function runInSandbox(
  run: RunParts,
  place: { rootfs: RootFilesystem; mountDirectory: string },
): Promise<ExitStatus> {
  const { stage, command, step } = run;
  const { session } = stage;
  const sandbox = sandboxOf(stage);
  const tail = new OutputTail();
  const { surroundings = {} } = session.options;
  const hostname = run.hostname ?? usualHostname;
  const prepared = await run.mounts.prepare(place.mountDirectory);
  const { isolation = {} } = surroundings;
  const same = await injectDevices({
    rootfs: place.rootfs,
    env: [...environment(stage), ...prepared.env],
    cwd: stage.workingDirectory,
    user: stage.config.User ?? "",
    hostname,
    mounts: [
      ...networkFiles(surroundings, { network: run.network, hostname }),
      ...(surroundings.mounts ?? []),
      ...prepared.mounts,
      ...scriptMounts(command, place.mountDirectory),
    ],
    network: run.network,
    isolation: {
      ...isolation,
      isPrivileged: run.isPrivileged,
      cdiDevices: [...(isolation.cdiDevices ?? []), ...run.cdiDevices],
    },
  });
  let status: ExitStatus;
  const start = await session.starts.take(run.network);
  try {
    const onWarning = (message: string) => session.warnOnce(message);
    const running = inCgroup(surroundings, onWarning, (cgroup) =>
      sandbox.run({
        ...same,
        prepared: start,
        argv: command.argv,
        ...(cgroup && { cgroup }),
        stdio: {
          kind: "pipe",
          output(stream, chunk) {
            tail.add(chunk);
            if (!run.isSilent) session.emit({ kind: "output", step, stream, chunk });
          },
        },
        signal: session.signal,
      }),
    );
    if (run.isRunNext) session.starts.expect(run.network);
    run.workAhead();
    status = await running;
    if (status.code !== 0 && !run.isSilent) {
      await debugFailure(run, failure(run, status, tail), (argv) =>
        sandbox.run({ ...same, argv, stdio: { kind: "terminal", stdin: true } }),
      );
    }
  } catch (error) {
    throw startFailure(run, error);
  } finally {
    await Promise.all([prepared.release(), start?.dispose()]);
  }
  if (status.code === 0) return status;
  throw failure(run, status, tail);
}

/** A shell in what the command left, with all that it had: for whoever asked for one. One at a time, there is one terminal. */
async function debugFailure(
  { stage, step }: RunParts,
  error: KasaneError,
  run: (argv: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const { session } = stage;
  const { onFailedStep } = session.options;
  if (!onFailedStep || session.signal.aborted || !session.takeTerminal()) return;
  const [shell = "/bin/sh"] = stage.config.Shell ?? [];
  await onFailedStep(step, error, async () => {
    await run([shell]);
  });
}

function failure({ step }: RunParts, status: ExitStatus, tail: OutputTail): KasaneError {
  const reason = status.signal ? `was killed by ${status.signal}` : `failed with exit code ${status.code}`;
  const lines = tail.lines(shownLines).map((line) => `  > ${line}`);
  return new KasaneError("build-failed", [`${step.text} ${reason}`, ...lines].join("\n"), {
    data: { exitCode: status.code, step: step.number },
    ...(status.code === 127 ? { hint: "exit code 127 means that a command was not found in the image" } : {}),
  });
}

/** A command that is not there or cannot be executed is the Dockerfile's fault, not the sandbox's. */
function startFailure({ step, stage }: RunParts, error: unknown): unknown {
  const exitCode = isKasaneError(error, "sandbox") ? error.data.exitCode : undefined;
  if (!isKasaneError(error) || (exitCode !== 126 && exitCode !== 127)) return error;
  const hint =
    foreignHint(stage.base.platform) ??
    error.hint ??
    "RUN needs a shell in the image; the JSON form runs a program without one";
  return new KasaneError("build-failed", `${step.text} could not be started: ${error.message}`, {
    cause: error,
    hint,
    data: { exitCode, step: step.number },
  });
}

/** Steps that ask for the time of the build get the image's, so that what they write down is the same every time. */
function environment(stage: StageBuilder): string[] {
  const env = stage.variables.toEnv();
  const names = new Set(env.map((entry) => splitEnv(entry)[0]));
  for (const [name, value] of Object.entries(proxies(stage.session.options.buildArgs))) {
    if (!names.has(name)) env.push(`${name}=${value}`);
  }
  if (!names.has("SOURCE_DATE_EPOCH")) env.push(`SOURCE_DATE_EPOCH=${stage.base.timeSeconds}`);
  return env;
}

/** In capital and small letters, whichever was given: programs differ in what they look at. */
function proxies(buildArgs: Readonly<Record<string, string>> = {}): Record<string, string> {
  const given = Object.entries(buildArgs).filter(([name]) => isProxyArg(name));
  const inBoth = given.flatMap(([name, value]) => [
    [name.toUpperCase(), value],
    [name.toLowerCase(), value],
  ]);
  return Object.fromEntries([...inBoth, ...given]);
}

function scriptMounts(command: RunCommand, directory: string): SandboxMount[] {
  if (!command.script) return [];
  const source = join(directory, "script");
  writeFileSync(source, command.script.content);
  chmodSync(source, 0o755);
  return [{ kind: "bind", source, target: command.script.target, readOnly: true }];
}
