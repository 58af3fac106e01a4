import {
  cleanPath,
  expandInstruction,
  parseDockerfile,
  parsePorts,
  type StageInstruction,
  withEnv,
} from "../dockerfile/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { Healthcheck, RuntimeConfig } from "../oci/mod.ts";
import { historyText, resolveCommand } from "./history.ts";
import { checkSignal } from "./signal-name.ts";

/** The instructions that only change the image's configuration. */
export type MetadataInstruction = Extract<
  StageInstruction,
  {
    kind:
      | "cmd"
      | "entrypoint"
      | "env"
      | "expose"
      | "healthcheck"
      | "label"
      | "shell"
      | "stopsignal"
      | "user"
      | "volume";
  }
>;

export interface MetadataResult {
  readonly config: RuntimeConfig;
  /** `created_by` of its history entry. */
  readonly createdBy: string;
}

/**
 * The configuration after an instruction, variables expanded. `hasCommand` is true once the same stage has had a CMD: an ENTRYPOINT
 * drops one that came from the base.
 * @throws KasaneError `invalid-dockerfile`
 */
export function applyMetadata(
  config: RuntimeConfig,
  instruction: MetadataInstruction,
  options: { hasCommand: boolean },
): MetadataResult {
  const done = (
    changed: Partial<RuntimeConfig>,
    resolved: Parameters<typeof historyText>[1] = {},
  ): MetadataResult => ({
    config: { ...config, ...changed },
    createdBy: historyText(instruction, resolved),
  });
  switch (instruction.kind) {
    case "env": {
      let env = config.Env ?? [];
      for (const { name, value } of instruction.pairs) env = withEnv(env, name, value);
      return done({ Env: env });
    }
    case "label": {
      const labels = { ...config.Labels };
      for (const { name, value } of instruction.pairs) labels[name] = value;
      return done({ Labels: labels });
    }
    case "cmd": {
      const argv = resolveCommand(instruction.command, config.Shell);
      return done({ Cmd: argv }, { argv });
    }
    case "entrypoint": {
      const argv = resolveCommand(instruction.command, config.Shell);
      const result = done({ Entrypoint: argv }, { argv });
      if (!options.hasCommand) delete result.config.Cmd;
      return result;
    }
    case "expose": {
      const ports = parsePorts(instruction.ports);
      const exposed = Object.fromEntries(ports.map((port) => [port, {}] as const));
      return done({ ExposedPorts: { ...config.ExposedPorts, ...exposed } }, { ports });
    }
    case "volume": {
      const volumes = Object.fromEntries(instruction.paths.map((path) => [path, {}] as const));
      return done({ Volumes: { ...config.Volumes, ...volumes } });
    }
    case "healthcheck":
      return done({ Healthcheck: healthcheck(instruction) });
    case "shell":
      return done({ Shell: [...instruction.argv] });
    case "stopsignal":
      checkSignal(instruction.signal);
      return done({ StopSignal: instruction.signal });
    case "user":
      return done({ User: instruction.user });
  }
}

function healthcheck(instruction: Extract<MetadataInstruction, { kind: "healthcheck" }>): Healthcheck {
  const { test, intervalNs, timeoutNs, startPeriodNs, startIntervalNs, retries } = instruction;
  return {
    Test: [...test],
    ...(intervalNs === 0 ? {} : { Interval: intervalNs }),
    ...(timeoutNs === 0 ? {} : { Timeout: timeoutNs }),
    ...(startPeriodNs === 0 ? {} : { StartPeriod: startPeriodNs }),
    ...(startIntervalNs === 0 ? {} : { StartInterval: startIntervalNs }),
    ...(retries === 0 ? {} : { Retries: retries }),
  };
}

/** WORKDIR: relative paths stand on the one before. */
export function workingDirectory(config: RuntimeConfig, path: string): string {
  return cleanPath(path.startsWith("/") ? path : `/${config.WorkingDir ?? ""}/${path}`);
}

/**
 * A configuration changed by Dockerfile instructions: `commit --change`, `import --change`. Variables are not expanded.
 * @throws KasaneError `usage` for instructions that need a build, `invalid-dockerfile`
 */
export function applyChanges(config: RuntimeConfig, changes: readonly string[]): RuntimeConfig {
  let current = config;
  let hasCommand = false;
  for (const change of changes) {
    const { stages } = parseDockerfile(`FROM scratch\n${change}`, { name: "--change" });
    const instruction = stages.length === 1 ? stages[0]!.instructions[0] : undefined;
    const kind = instruction?.kind;
    if (
      !instruction ||
      kind === "run" ||
      kind === "copy" ||
      kind === "add" ||
      kind === "arg" ||
      kind === "maintainer"
    ) {
      throw new KasaneError("usage", `--change ${JSON.stringify(change)} cannot be applied without a build`, {
        hint: "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR can",
        data: { exitCode: 1 },
      });
    }
    if (kind === "workdir") {
      current = { ...current, WorkingDir: workingDirectory(current, instruction.path) };
    } else if (kind === "onbuild") {
      current = { ...current, OnBuild: [...(current.OnBuild ?? []), instruction.expression] };
    } else {
      current = applyMetadata(current, unquoted(instruction), { hasCommand }).config;
      hasCommand ||= kind === "cmd";
    }
  }
  return current;
}

function unquoted(instruction: MetadataInstruction): MetadataInstruction {
  return expandInstruction(instruction, () => undefined);
}
