import {
  cleanPath,
  type DockerfileSource,
  expandInstruction,
  type Instruction,
  parseInstruction,
  parsePorts,
  parseSyntax,
  type StageInstruction,
  type SyntaxNode,
  withEnv,
} from "../dockerfile/mod.ts";
import { isKasaneError, KasaneError } from "../lib/mod.ts";
import type { Healthcheck, RuntimeConfig } from "../oci/mod.ts";
import { historyText, resolveCommand } from "./history.ts";
import { checkSignal } from "./signal-name.ts";
import { atLine, type StageLine } from "./stage-line.ts";

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
    for (const line of parseChange(change)) {
      current = atLine(line, () => applyChange(current, line.instruction, { hasCommand }));
      hasCommand ||= line.instruction.kind === "cmd";
    }
  }
  return current;
}

type Change = MetadataInstruction | Extract<StageInstruction, { kind: "workdir" | "onbuild" }>;

const changeHint =
  "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME and WORKDIR can";

function parseChange(change: string): (StageLine & { readonly instruction: Change })[] {
  if (change.trim() === "") throw needsBuild(change);
  const { nodes, source } = parseSyntax(change, { name: "--change" });
  return nodes.map((node) => {
    const instruction = parseOne(node, source);
    switch (instruction.kind) {
      case "from":
      case "run":
      case "copy":
      case "add":
      case "arg":
      case "maintainer":
        throw needsBuild(change);
      default:
        return { instruction, source, isOnBuild: false };
    }
  });
}

function parseOne(node: SyntaxNode, source: DockerfileSource): Instruction {
  try {
    return parseInstruction(node, source);
  } catch (error) {
    if (!isKasaneError(error) || error.hint !== undefined) throw error;
    throw new KasaneError(error.code, error.message, { hint: changeHint, cause: error, data: error.data });
  }
}

function needsBuild(change: string): KasaneError {
  return new KasaneError("usage", `--change ${JSON.stringify(change)} cannot be applied without a build`, {
    hint: changeHint,
    data: { exitCode: 1 },
  });
}

function applyChange(
  config: RuntimeConfig,
  instruction: Change,
  options: { hasCommand: boolean },
): RuntimeConfig {
  switch (instruction.kind) {
    case "workdir":
      return { ...config, WorkingDir: workingDirectory(config, instruction.path) };
    case "onbuild":
      return { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.expression] };
    default:
      return applyMetadata(config, unquoted(instruction), options).config;
  }
}

function unquoted(instruction: MetadataInstruction): MetadataInstruction {
  return expandInstruction(instruction, () => undefined);
}
