import { didYouMean, parseGoDuration } from "../lib/mod.ts";
import { ArgumentError, type RawPair } from "./arguments.ts";
import { type FlagKind, type FlagValues, readFlags } from "./flags.ts";
import type {
  ArgDefinition,
  CommandLine,
  FromInstruction,
  HealthcheckInstruction,
  Instruction,
  OnbuildInstruction,
  RunInstruction,
} from "./instruction.ts";
import { instructionNames } from "./instruction.ts";
import { parseAdd, parseCopy } from "./parse-copy.ts";
import { parseRunDevice } from "./run-device.ts";
import { parseRunMount } from "./run-mount.ts";
import type { DockerfileSource } from "./source.ts";
import type { SyntaxNode } from "./syntax-tree.ts";
import { trim } from "./white-space.ts";

/**
 * Checks a node's flags and arguments and gives them names. Variables are not expanded.
 * @throws KasaneError `invalid-dockerfile`
 */
export function parseInstruction(node: SyntaxNode, source: DockerfileSource): Instruction {
  try {
    const { original, range, comments } = node;
    return { ...parts(node), original, range, comments } as Instruction;
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw source.error(node.range, error.message, { hint: error.hint, mark: error.mark });
  }
}

/** Not Omit: it would merge the members of the union. */
type WithoutPlace<T> = T extends unknown ? Omit<T, "original" | "range" | "comments"> : never;

function parts(node: SyntaxNode): WithoutPlace<Instruction> {
  const name = node.name.toUpperCase();
  switch (name) {
    case "ADD":
      return parseAdd(node);
    case "COPY":
      return parseCopy(node);
    case "FROM":
      return parseFrom(node);
    case "RUN":
      return parseRun(node);
    case "HEALTHCHECK":
      return parseHealthcheck(node);
    case "ONBUILD":
      return parseOnbuild(node);
  }
  if (!instructionNames.includes(name)) {
    throw new ArgumentError(`unknown instruction ${node.name}`, {
      hint: didYouMean(node.name, instructionNames),
      mark: node.name,
    });
  }
  noFlags(node);
  switch (name) {
    case "ARG":
      return { kind: "arg", definitions: argDefinitions(node) };
    case "CMD":
      return { kind: "cmd", command: commandLine(node) };
    case "ENTRYPOINT":
      return { kind: "entrypoint", command: commandLine(node) };
    case "ENV":
      return { kind: "env", pairs: namedPairs(node, name) };
    case "LABEL":
      return { kind: "label", pairs: namedPairs(node, name) };
    case "EXPOSE":
      return { kind: "expose", ports: [...atLeastOne(node, name)].sort() };
    case "MAINTAINER":
      return { kind: "maintainer", author: exactlyOne(node, name) };
    case "SHELL":
      if (!node.isJson && node.words.length > 0) {
        throw new ArgumentError("SHELL takes the JSON form only", { hint: 'write SHELL ["/bin/sh", "-c"]' });
      }
      return { kind: "shell", argv: atLeastOne(node, name) };
    case "STOPSIGNAL":
      return { kind: "stopsignal", signal: exactlyOne(node, name) };
    case "USER":
      return { kind: "user", user: exactlyOne(node, name) };
    case "VOLUME": {
      const paths = atLeastOne(node, name).map(trim);
      if (paths.includes("")) throw new ArgumentError("VOLUME cannot be an empty path");
      return { kind: "volume", paths };
    }
    default:
      return { kind: "workdir", path: exactlyOne(node, name) };
  }
}

function noFlags(node: SyntaxNode): void {
  readFlags(node.flags, {});
}

function atLeastOne(node: SyntaxNode, name: string): readonly string[] {
  if (node.words.length === 0) throw new ArgumentError(`${name} needs at least one argument`);
  return node.words;
}

function exactlyOne(node: SyntaxNode, name: string): string {
  if (node.words.length !== 1) throw new ArgumentError(`${name} needs exactly one argument`);
  return node.words[0]!;
}

function namedPairs(node: SyntaxNode, name: string): readonly RawPair[] {
  const pairs = node.pairs ?? [];
  if (pairs.length === 0) throw new ArgumentError(`${name} needs at least one argument`);
  if (pairs.some((pair) => pair.name === "")) throw new ArgumentError(`a name of ${name} cannot be empty`);
  return pairs;
}

function argDefinitions(node: SyntaxNode): ArgDefinition[] {
  return atLeastOne(node, "ARG").map((word) => {
    const equals = word.indexOf("=");
    if (equals === 0) throw new ArgumentError("a name of ARG cannot be empty", { mark: word });
    return equals < 0 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function commandLine(node: SyntaxNode): CommandLine {
  return node.isJson ? { form: "exec", argv: node.words } : { form: "shell", text: node.words[0] ?? "" };
}

function parseFrom(node: SyntaxNode): WithoutPlace<FromInstruction> {
  const flags: FlagValues<{ platform: FlagKind & "string" }> = readFlags(node.flags, { platform: "string" });
  const [base, as, name] = node.words;
  const isNamed = node.words.length === 3 && as?.toLowerCase() === "as";
  if (base === undefined || (node.words.length !== 1 && !isNamed)) {
    throw new ArgumentError("FROM needs one argument, or three: FROM image AS name");
  }
  const stageName = isNamed ? name!.toLowerCase() : undefined;
  if (stageName !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(stageName)) {
    throw new ArgumentError(`invalid stage name ${JSON.stringify(name)}`, {
      hint: "a stage name begins with a letter; letters, digits, -, _ and . may follow",
      mark: name,
    });
  }
  return {
    kind: "from",
    base,
    ...(stageName === undefined ? {} : { stageName }),
    ...(flags.platform === undefined ? {} : { platform: flags.platform }),
  };
}

function parseRun(node: SyntaxNode): WithoutPlace<RunInstruction> {
  const flags = readFlags(node.flags, {
    mount: "list",
    network: "string",
    security: "string",
    device: "list",
  });
  // With a variable in it, the rest can only be checked when the value is known.
  for (const mount of flags.mount) if (!mount.includes("$")) parseRunMount(mount);
  oneOf("--network", flags.network, ["default", "none", "host"]);
  oneOf("--security", flags.security, ["sandbox", "insecure"]);
  return {
    kind: "run",
    command: commandLine(node),
    heredocs: node.heredocs,
    mounts: flags.mount,
    ...(flags.network === undefined ? {} : { network: flags.network }),
    ...(flags.security === undefined ? {} : { security: flags.security }),
    devices: flags.device.map(parseRunDevice),
  };
}

function oneOf(flag: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || value.includes("$") || allowed.includes(value)) return;
  throw new ArgumentError(`unknown value ${JSON.stringify(value)} of ${flag}`, {
    hint: didYouMean(value, allowed) ?? `${flag} is one of ${allowed.join(", ")}`,
    mark: value,
  });
}

function parseHealthcheck(node: SyntaxNode): WithoutPlace<HealthcheckInstruction> {
  const flags = readFlags(node.flags, {
    interval: "string",
    timeout: "string",
    "start-period": "string",
    "start-interval": "string",
    retries: "string",
  });
  const [written, ...rest] = atLeastOne(node, "HEALTHCHECK");
  const type = written!.toUpperCase();
  let test: string[];
  if (type === "NONE") {
    if (rest.length > 0 || node.flags.length > 0)
      throw new ArgumentError("HEALTHCHECK NONE takes no arguments");
    test = ["NONE"];
  } else if (type === "CMD") {
    if (rest.length === 0) throw new ArgumentError("HEALTHCHECK CMD needs a command");
    test = [node.isJson ? "CMD" : "CMD-SHELL", ...rest];
  } else {
    throw new ArgumentError(`unknown type ${JSON.stringify(written)} of HEALTHCHECK`, {
      hint: "it is CMD or NONE",
      mark: written,
    });
  }
  const retries = flags.retries ?? "0";
  if (!/^\+?\d{1,9}$/.test(retries)) {
    throw new ArgumentError(`--retries must be a whole number, not ${JSON.stringify(retries)}`, {
      mark: retries,
    });
  }
  return {
    kind: "healthcheck",
    test,
    intervalNs: interval("--interval", flags.interval),
    timeoutNs: interval("--timeout", flags.timeout),
    startPeriodNs: interval("--start-period", flags["start-period"]),
    startIntervalNs: interval("--start-interval", flags["start-interval"]),
    retries: Number(retries),
  };
}

function interval(flag: string, text: string | undefined): number {
  if (!text) return 0;
  const nanoseconds = parseGoDuration(text);
  if (nanoseconds === undefined) {
    throw new ArgumentError(`${flag} ${JSON.stringify(text)} is not a duration`, {
      hint: "write it like 30s, 1m30s or 500ms",
      mark: text,
    });
  }
  if (nanoseconds !== 0 && nanoseconds < 1e6) {
    throw new ArgumentError(`${flag} cannot be less than 1ms`, { mark: text });
  }
  return nanoseconds;
}

function parseOnbuild(node: SyntaxNode): WithoutPlace<OnbuildInstruction> {
  noFlags(node);
  const trigger = node.trigger;
  if (!trigger) throw new ArgumentError("ONBUILD needs an instruction");
  const name = trigger.name.toUpperCase();
  if (name === "FROM" || name === "MAINTAINER") {
    throw new ArgumentError(`${name} is not allowed in ONBUILD`, { mark: trigger.name });
  }
  // Checked here, so that the one who wrote it learns of a mistake, not the one who builds on it.
  parts(trigger);
  const expression = [
    node.original.replace(/^\s*onbuild\s*/i, ""),
    ...trigger.heredocs.map((heredoc) => `${heredoc.content}${heredoc.name}`),
  ].join("\n");
  return { kind: "onbuild", expression };
}
