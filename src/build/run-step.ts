import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunInstruction } from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import { diffUpper } from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { digestOf, formatPlatform, mediaTypes } from "../oci/mod.ts";
import { hasSingleUid, type RootFilesystem, type SandboxMount } from "../sandbox/mod.ts";
import { writeTar } from "../tar/mod.ts";
import { runHistory } from "./history.ts";
import { OutputTail } from "./output-tail.ts";
import { isProxyArg } from "./platform-args.ts";
import type { BuildStep } from "./progress.ts";
import { type RunCommand, runCommand } from "./run-command.ts";
import { type MountOrigins, RunMounts } from "./run-mounts.ts";
import type { StageBuilder, StepResult } from "./stage-builder.ts";

/** The name every step sees itself under: a real one would end up in files. */
const hostname = "kasane";
const shownLines = 20;
const emptyDigest = digestOf("");

/**
 * RUN: the image so far as lower directories of an overlay, the command in the sandbox, the upper directory as a layer.
 * @throws KasaneError `build-failed` when the command fails, `sandbox`, `unsupported`, `cancelled`
 */
export async function runStep(
  stage: StageBuilder,
  instruction: RunInstruction,
  origins: MountOrigins,
  step: BuildStep,
): Promise<StepResult> {
  const { session } = stage;
  refuseUnsupported(instruction);
  const mounts = new RunMounts(stage, instruction, origins);
  const command = runCommand(instruction, stage.config.Shell);
  const network = instruction.network === "none" ? "none" : "host";
  const run = { stage, command, mounts, network, step } as const;
  const createdBy = runHistory(
    command.argv,
    stage.variables.args().filter(({ name }) => !isProxyArg(name)),
  );
  const key = [
    "run/1",
    stage.chain,
    formatPlatform(stage.base.platform),
    command.argv,
    command.script?.content ?? null,
    stage.variables
      .toEnv()
      .filter((entry) => !isProxyArg(entry.slice(0, entry.indexOf("="))))
      .sort(),
    stage.config.User ?? "",
    stage.workingDirectory,
    network,
    await mounts.key(),
    stage.base.timeSeconds,
  ];
  const known = await session.cache.get(key);
  if (known && known !== "none") return { layer: known, isCached: true, createdBy };
  const layer = await session.cache.once(key, () => session.work(() => execute(run)));
  await session.cache.put(key, layer, createdBy);
  return { layer, isCached: false, createdBy };
}

interface Run {
  readonly stage: StageBuilder;
  readonly command: RunCommand;
  readonly mounts: RunMounts;
  readonly network: "none" | "host";
  readonly step: BuildStep;
}

async function execute(run: Run): Promise<ImageLayer> {
  const { stage } = run;
  const { session } = stage;
  const work = await session.store.workDirectory("run");
  try {
    const unpacked = await session.store.unpack(unpackable(stage), { lease: session.lease });
    try {
      const upper = join(work.path, "upper");
      for (const name of ["upper", "work", "mounts", "empty"])
        mkdirSync(join(work.path, name), { mode: 0o755 });
      // The root of an image is readable to everyone, whatever the umask.
      chmodSync(upper, 0o755);
      const startedMs = statSync(upper).mtimeMs;
      const scaffolding = await runInSandbox(
        run,
        {
          kind: "overlay",
          lower: unpacked.lower.length > 0 ? unpacked.lower : [join(work.path, "empty")],
          upper,
          work: join(work.path, "work"),
        },
        join(work.path, "mounts"),
      );
      const diff = diffUpper(upper, {
        lower: await session.tree(stage.layers),
        xattrs: session.store.xattrs,
        ownership: hasSingleUid() ? "ignore" : "keep",
        ignore: new Set(scaffolding),
        clamp: { fromMs: startedMs, seconds: stage.base.timeSeconds },
      });
      const { descriptor, diffId, index } = await session.store.writeLayer(writeTar(diff), {
        lease: session.lease,
        compression: session.options.compression ?? "gzip",
        mediaTypes: session.options.mediaTypes ?? "oci",
      });
      session.knowIndex(index);
      return { descriptor, diffId };
    } finally {
      await unpacked.release();
    }
  } finally {
    await work.dispose();
  }
}

type Overlay = Extract<RootFilesystem, { kind: "overlay" }>;

async function runInSandbox(run: Run, rootfs: Overlay, mountDirectory: string): Promise<readonly string[]> {
  const { stage, command, step } = run;
  const { session } = stage;
  const { sandbox } = session.options;
  if (!sandbox) {
    throw new KasaneError("unsupported", "this build has no sandbox to run commands in", {
      hint: "pass one: build({ sandbox: createSandbox(), … })",
    });
  }
  const tail = new OutputTail();
  const status = await sandbox.run({
    rootfs,
    argv: command.argv,
    env: environment(stage),
    cwd: stage.workingDirectory,
    user: stage.config.User ?? "",
    hostname,
    mounts: [...(await run.mounts.prepare(mountDirectory)), ...scriptMounts(command, mountDirectory)],
    network: run.network,
    stdio: {
      kind: "pipe",
      output(stream, chunk) {
        tail.add(chunk);
        session.emit({ kind: "output", step, stream, chunk });
      },
    },
    signal: session.signal,
  });
  if (status.code === 0) return status.scaffolding;
  const reason = status.signal ? `was killed by ${status.signal}` : `failed with exit code ${status.code}`;
  const lines = tail.lines(shownLines).map((line) => `  > ${line}`);
  throw new KasaneError("build-failed", [`${step.text} ${reason}`, ...lines].join("\n"), {
    data: { exitCode: status.code, step: step.number },
    ...(status.code === 127 ? { hint: "exit code 127 means that a command was not found in the image" } : {}),
  });
}

/** Steps that ask for the time of the build get the image's, so that what they write down is the same every time. */
function environment(stage: StageBuilder): string[] {
  const env = stage.variables.toEnv();
  const names = new Set(env.map((entry) => entry.slice(0, entry.indexOf("="))));
  for (const [name, value] of Object.entries(stage.session.options.buildArgs ?? {})) {
    if (isProxyArg(name) && !names.has(name)) env.push(`${name}=${value}`);
  }
  if (!names.has("SOURCE_DATE_EPOCH")) env.push(`SOURCE_DATE_EPOCH=${stage.base.timeSeconds}`);
  return env;
}

function scriptMounts(command: RunCommand, directory: string): SandboxMount[] {
  if (!command.script) return [];
  const source = join(directory, "script");
  writeFileSync(source, command.script.content);
  chmodSync(source, 0o755);
  return [{ kind: "bind", source, target: command.script.target, readOnly: true }];
}

function unpackable(stage: StageBuilder): Parameters<StageBuilder["session"]["store"]["unpack"]>[0] {
  const { layers, base } = stage;
  const { architecture, os } = base.platform;
  return {
    manifest: {
      kind: "manifest",
      mediaType: mediaTypes.ociManifest,
      // Nothing has a config yet; what is unpacked are layers.
      config: { mediaType: mediaTypes.ociConfig, digest: layers[0]?.diffId ?? emptyDigest, size: 0 },
      layers: layers.map(({ descriptor }) => descriptor),
    },
    config: { architecture, os, rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) } },
  };
}

function refuseUnsupported(instruction: RunInstruction): void {
  if (instruction.security === "insecure") {
    throw new KasaneError("unsupported", "RUN --security=insecure is not supported in this version");
  }
  if (instruction.devices.length > 0) {
    throw new KasaneError("unsupported", "RUN --device is not supported in this version");
  }
}
