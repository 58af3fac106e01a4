import { closest, isKasaneError } from "../../lib/mod.ts";
import { cleanPath } from "../clean-path.ts";
import { expandWord } from "../expand.ts";
import { expandInstruction } from "../expand-instruction.ts";
import type { AddInstruction, ArgInstruction, CopyInstruction, StageInstruction } from "../instruction.ts";
import { type Dockerfile, findStage, type Stage } from "../parse-dockerfile.ts";
import { StageVariables } from "../stage-variables.ts";
import { baseName, type GlobalArgs } from "./check-bases.ts";
import type { CheckedBase, CheckOptions, Warn } from "./check-dockerfile.ts";
import { checkPorts } from "./check-ports.ts";
import { recordingLookup } from "./recording-lookup.ts";
import { looksSecret } from "./secret-name.ts";

/** What a stage that stands on this one inherits. */
export interface StageFacts {
  readonly variables: StageVariables;
  /** False where the base is not known: then any name may be a variable of it. */
  readonly knowsVariables: boolean;
  readonly hasShell: boolean;
  readonly hasWorkdir: boolean;
}

interface StageSurroundings {
  readonly options: CheckOptions;
  readonly globals: GlobalArgs;
  /** The stages above. */
  readonly done: readonly StageFacts[];
}

/** Goes through a stage as a build would, with nothing but its variables. */
export function checkStage(
  dockerfile: Dockerfile,
  stage: Stage,
  surroundings: StageSurroundings,
  warn: Warn,
): StageFacts {
  const { options } = surroundings;
  const facts = { ...inherited(dockerfile, stage, surroundings) };
  const { variables, knowsVariables } = facts;
  const last = new Map<string, StageInstruction>();

  /** The instruction as it runs; undefined where its variables make that impossible. */
  const expanded = <T extends StageInstruction>(instruction: T): T | undefined => {
    const recording = recordingLookup(variables.lookup);
    try {
      return expandInstruction(instruction, recording.lookup, dockerfile.directives);
    } catch (error) {
      if (isKasaneError(error)) return undefined;
      throw error;
    } finally {
      // Ports may come from outside altogether.
      if (knowsVariables && instruction.kind !== "expose") {
        reportUndefined(recording.missing, variables, instruction, warn);
      }
    }
  };

  for (const instruction of stage.instructions) {
    const ready = instruction.kind === "arg" ? instruction : expanded(instruction);
    if (!ready) continue;
    switch (ready.kind) {
      case "arg":
        checkArg(dockerfile, ready, surroundings, facts, warn);
        break;
      case "env":
      case "label": {
        const kind = ready.kind.toUpperCase();
        for (const { name, value, separator } of ready.pairs) {
          if (separator === "") {
            warn("LegacyKeyValueFormat", `write ${kind} ${name}=… instead of ${kind} ${name} …`, ready);
          }
          if (ready.kind === "label") continue;
          if (looksSecret(name)) warn("SecretsUsedInArgOrEnv", `ENV ${name} looks like a secret`, ready);
          variables.setEnv(name, value);
        }
        break;
      }
      case "add":
      case "copy":
        checkSources(ready, options, warn);
        break;
      case "expose":
        checkPorts(ready, warn);
        break;
      case "shell":
        facts.hasShell = true;
        break;
      case "workdir":
        if (!facts.hasWorkdir && !ready.path.startsWith("/")) {
          warn("WorkdirRelativePath", `where WORKDIR ${ready.path} is depends on the base image`, ready);
        }
        facts.hasWorkdir = true;
        break;
      case "cmd":
      case "entrypoint":
        if (ready.command.form === "shell" && !facts.hasShell) {
          const kind = ready.kind.toUpperCase();
          warn("JSONArgsRecommended", `${kind} as JSON would start the program itself, not a shell`, ready);
        }
    }
    if (ready.kind === "cmd" || ready.kind === "entrypoint" || ready.kind === "healthcheck") {
      const before = last.get(ready.kind);
      // The earlier one is what does not count.
      if (before) {
        const kind = ready.kind.toUpperCase();
        warn("MultipleInstructionsDisallowed", `another ${kind} below replaces this one`, before);
      }
      last.set(ready.kind, ready);
    }
  }
  return facts;
}

function inherited(dockerfile: Dockerfile, stage: Stage, surroundings: StageSurroundings): StageFacts {
  const { options, globals, done } = surroundings;
  const name = baseName(dockerfile, stage.from, globals);
  const index = findStage(dockerfile.stages.slice(0, stage.index), name);
  const below = index === undefined || /^\d+$/.test(name) ? undefined : done[index];
  if (below) return { ...below, variables: new StageVariables([], below.variables) };
  const base: CheckedBase | undefined =
    name === "scratch" ? { env: [], hasShell: false } : options.bases.get(stage.index);
  return {
    // A path there always is.
    variables: new StageVariables(["PATH=", ...(base?.env ?? [])]),
    knowsVariables: base !== undefined,
    hasShell: base?.hasShell ?? false,
    hasWorkdir: false,
  };
}

function checkArg(
  { directives }: Dockerfile,
  instruction: ArgInstruction,
  { options, globals }: StageSurroundings,
  { variables, knowsVariables }: StageFacts,
  warn: Warn,
): void {
  for (const { name, value } of instruction.definitions) {
    if (looksSecret(name)) warn("SecretsUsedInArgOrEnv", `ARG ${name} looks like a secret`, instruction);
    const given = options.buildArgs[name] ?? (value === undefined ? globals.get(name) : undefined);
    if (given !== undefined || value === undefined) {
      variables.declareArg(name, given);
      continue;
    }
    const recording = recordingLookup(variables.lookup);
    try {
      variables.declareArg(name, expandWord(value, recording.lookup, directives));
    } catch (error) {
      if (!isKasaneError(error)) throw error;
    }
    if (knowsVariables) reportUndefined(recording.missing, variables, instruction, warn);
  }
}

function reportUndefined(
  missing: ReadonlySet<string>,
  variables: StageVariables,
  at: StageInstruction,
  warn: Warn,
): void {
  for (const name of missing) {
    // One without a value is declared all the same.
    if (variables.args().some((arg) => arg.name === name)) continue;
    const near = closest(name, variables.names());
    const question = near === undefined ? "" : `: did you mean $${near}?`;
    warn("UndefinedVar", `nothing sets $${name}${question}`, at);
  }
}

function checkSources(
  instruction: AddInstruction | CopyInstruction,
  { ignore }: CheckOptions,
  warn: Warn,
): void {
  // What `!` brings back below an ignored directory cannot be told from names alone.
  if (!ignore || ignore.hasExceptions || (instruction.kind === "copy" && instruction.from !== undefined))
    return;
  for (const source of instruction.sources) {
    if (/^[a-z]+:\/\/|^git@/i.test(source)) continue;
    const path = cleanPath(source);
    const isRoot = path === "." || path === "/";
    if (isRoot ? !ignore.leavesNothing : !ignore.matches(path)) continue;
    warn("CopyIgnoredFile", `the ignore file leaves ${path} out of the build context`, instruction);
  }
}
