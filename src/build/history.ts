import {
  type CommandLine,
  goQuoteList,
  type HealthcheckInstruction,
  type StageInstruction,
} from "../dockerfile/mod.ts";

/**
 * What `history` shows for an instruction (already expanded). The texts are those of BuildKit, so that people and tools that know
 * them need nothing new; RUN, COPY, ADD and WORKDIR write theirs where they work.
 */
export function historyText(
  instruction: StageInstruction,
  resolved: { argv?: readonly string[]; ports?: readonly string[] },
): string {
  switch (instruction.kind) {
    case "env":
      return `ENV ${instruction.pairs.map((pair) => `${pair.name}=${pair.value}`).join(" ")}`;
    case "label":
      return `LABEL ${instruction.pairs.map((pair) => `${pair.name}=${pair.value}`).join(" ")}`;
    case "cmd":
      return `CMD ${goQuoteList(resolved.argv ?? [])}`;
    case "entrypoint":
      return `ENTRYPOINT ${goQuoteList(resolved.argv ?? [])}`;
    case "expose":
      return `EXPOSE [${(resolved.ports ?? []).join(" ")}]`;
    case "volume":
      return `VOLUME [${instruction.paths.join(" ")}]`;
    case "user":
      return `USER ${instruction.user}`;
    case "stopsignal":
      return `STOPSIGNAL ${instruction.signal}`;
    case "shell":
      return `SHELL [${instruction.argv.join(" ")}]`;
    case "maintainer":
      return `MAINTAINER ${instruction.author}`;
    case "healthcheck":
      return healthcheckText(instruction);
    default:
      return `${instruction.kind.toUpperCase()} ${instruction.original}`;
  }
}

/** The author of history entries Kasane writes, in the place where BuildKit puts its own. */
export const historyComment = "kasane.dockerfile.v0";

/** RUN: the declared build arguments, then what was run. */
export function runHistory(
  argv: readonly string[],
  args: readonly { name: string; value: string }[],
): string {
  const prefix =
    args.length === 0 ? [] : [`|${args.length}`, ...args.map(({ name, value }) => `${name}=${value}`)];
  return ["RUN", ...prefix, ...argv].join(" ");
}

export function argHistory(definitions: readonly { name: string; value?: string | undefined }[]): string {
  return `ARG ${definitions.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join(" ")}`;
}

function healthcheckText(instruction: HealthcheckInstruction): string {
  const [type, ...command] = instruction.test;
  if (type === "NONE") return "HEALTHCHECK NONE";
  const flags = [
    ["interval", instruction.intervalNs],
    ["timeout", instruction.timeoutNs],
    ["start-period", instruction.startPeriodNs],
    ["start-interval", instruction.startIntervalNs],
  ]
    .filter(([, nanoseconds]) => nanoseconds !== 0)
    .map(([name, nanoseconds]) => `--${name}=${formatDuration(nanoseconds as number)} `);
  if (instruction.retries > 0) flags.push(`--retries=${instruction.retries} `);
  const text = type === "CMD" ? goQuoteList(command) : command.join(" ");
  return `HEALTHCHECK ${flags.join("")}CMD ${text}`;
}

function formatDuration(nanoseconds: number): string {
  return nanoseconds % 1e9 === 0 ? `${nanoseconds / 1e9}s` : `${nanoseconds / 1e6}ms`;
}

const defaultShell = ["/bin/sh", "-c"];

/** A command line as it is executed and stored: the shell form goes to the image's SHELL. */
export function resolveCommand(command: CommandLine, shell: readonly string[] | undefined): string[] {
  if (command.form === "exec") return [...command.argv];
  return [...(shell && shell.length > 0 ? shell : defaultShell), command.text];
}
