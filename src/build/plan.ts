import {
  type Dockerfile,
  expandWord,
  findStage,
  isProxyArg,
  parseRunMount,
  platformArgs,
  type Stage,
  type StageInstruction,
  type VariableLookup,
} from "../dockerfile/mod.ts";
import { closest, isKasaneError, KasaneError } from "../lib/mod.ts";
import { type Platform, parsePlatform, parseReference, type Reference, withDefaultTag } from "../oci/mod.ts";
import { ContextNames } from "./context/context-names.ts";
import type { OwnContext } from "./context/named-contexts.ts";
import { locateError } from "./locate-error.ts";
import type { NamedContext } from "./options.ts";

/** What a name in FROM, `--from` or a mount's `from` means. */
export type SourceName =
  | { readonly kind: "scratch" }
  | { readonly kind: "stage"; readonly index: number }
  | { readonly kind: "context"; readonly name: string; readonly context: OwnContext }
  | { readonly kind: "image"; readonly reference: Reference };

export interface PlannedStage {
  readonly stage: Stage;
  /** For people: the name, else `stage-N`, else `""` where there is only one. */
  readonly name: string;
  readonly base: SourceName;
  /** Where `--platform` was given. */
  readonly platform?: Platform;
  /** Stages that its instructions read from. */
  readonly reads: readonly number[];
}

export interface BuildPlan {
  readonly stages: readonly PlannedStage[];
  readonly target: number;
  /** Everything the target needs, itself included. */
  readonly needed: ReadonlySet<number>;
  readonly contexts: ContextNames;
  /** ARGs above the first FROM with their values, and the platform arguments. */
  readonly globalArgs: ReadonlyMap<string, string>;
  /** Build arguments that no ARG asks for. */
  readonly unusedArgs: readonly string[];
}

export interface PlanOptions {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly contexts?: ReadonlyMap<string, NamedContext> | undefined;
  readonly target?: string | undefined;
  /** The stages above the target are needed, whatever it reads from. */
  readonly allStages?: boolean | undefined;
  /** The base of the first stage, whatever its FROM says. */
  readonly from?: string | undefined;
  readonly buildPlatform: Platform;
  readonly targetPlatform: Platform;
}

/**
 * Works out what depends on what, before anything is fetched or run.
 * @throws KasaneError `invalid-dockerfile`, `usage`, `not-found` for a target that is no stage
 */
export function planBuild(dockerfile: Dockerfile, options: PlanOptions): BuildPlan {
  const { stages } = dockerfile;
  const target = targetIndex(stages, options.target);
  const globalArgs = globalValues(dockerfile, options, stages[target]!.from.stageName ?? "");
  const lookup: VariableLookup = (name) => globalArgs.get(name);
  const contexts = new ContextNames(options.contexts);
  const planned = stages.map((stage) =>
    planStage({ dockerfile, contexts, lookup }, stage.index === 0 ? onBase(stage, options.from) : stage),
  );
  const needed = new Set<number>();
  const need = (index: number): void => {
    if (needed.has(index)) return;
    needed.add(index);
    const { base, reads } = planned[index]!;
    if (base.kind === "stage") need(base.index);
    for (const read of reads) need(read);
  };
  need(target);
  for (let index = 0; options.allStages && index < target; index++) need(index);
  return {
    stages: planned,
    target,
    needed,
    contexts,
    globalArgs,
    unusedArgs: unusedArgs(dockerfile, options.buildArgs),
  };
}

function targetIndex(stages: readonly Stage[], target: string | undefined): number {
  if (target === undefined || target === "") return stages.length - 1;
  const index = findStage(stages, target);
  if (index !== undefined) return index;
  const names = stages.map((stage) => stage.from.stageName).filter((name) => name !== undefined);
  const near = closest(target, names);
  throw new KasaneError("not-found", `there is no stage ${JSON.stringify(target)} to build`, {
    hint: near
      ? `did you mean ${near}?`
      : names.length > 0
        ? `the stages are ${names.join(", ")}`
        : "no stage has a name",
  });
}

function globalValues(
  dockerfile: Dockerfile,
  options: PlanOptions,
  targetStage: string,
): Map<string, string> {
  const values = platformArgs({
    build: options.buildPlatform,
    target: options.targetPlatform,
    targetStage,
  });
  const { source, directives } = dockerfile;
  for (const arg of dockerfile.globalArgs) {
    for (const { name, value } of arg.definitions) {
      const given = options.buildArgs[name];
      if (given !== undefined) values.set(name, given);
      else if (value !== undefined) {
        const expanded = locateError(source, arg.range, () =>
          expandWord(value, (variable) => values.get(variable), { escape: directives.escape }),
        );
        values.set(name, expanded);
      }
    }
  }
  return values;
}

function onBase(stage: Stage, base: string | undefined): Stage {
  return base === undefined ? stage : { ...stage, from: { ...stage.from, base } };
}

interface Planning {
  readonly dockerfile: Dockerfile;
  readonly contexts: ContextNames;
  readonly lookup: VariableLookup;
}

function planStage({ dockerfile, contexts, lookup }: Planning, written: Stage): PlannedStage {
  const { source, directives, stages } = dockerfile;
  const { from } = written;
  // A context of its name stands for the whole stage.
  const replaced = from.stageName === undefined ? undefined : contexts.find(from.stageName);
  const stage = replaced ? { ...written, instructions: [] } : written;
  const expand = (text: string): string =>
    locateError(source, from.range, () => expandWord(text, lookup, { escape: directives.escape }));
  const baseText = expand(from.base);
  if (baseText === "") {
    throw source.error(from.range, `the base image ${from.base} is empty`, {
      hint: "set the ARG above the first FROM, or give it with --build-arg",
      mark: from.base,
    });
  }
  // A stage can stand on an earlier one only; a later one of that name is something else.
  const base = locateError(source, from.range, () => {
    const found = replaced ?? (baseText === "scratch" ? undefined : contexts.find(baseText));
    return found
      ? contextSource(stages, stage.index, found)
      : sourceName(stages.slice(0, stage.index), baseText);
  });
  let platform: Platform | undefined;
  if (from.platform !== undefined) {
    const text = expand(from.platform);
    if (text === "") {
      throw source.error(from.range, `the platform ${from.platform} is empty`, { mark: from.platform });
    }
    platform = locateError(source, from.range, () => parsePlatform(text));
  }
  const name = from.stageName ?? (stages.length === 1 ? "" : `stage-${stage.index}`);
  const reads = stage.instructions.flatMap((instruction) =>
    readNames(instruction).flatMap((read) => {
      const found = locateError(source, instruction.range, () =>
        instructionSource({ stages, contexts }, stage.index, read),
      );
      return found.kind === "stage" ? [found.index] : [];
    }),
  );
  return { stage, name, base, ...(platform ? { platform } : {}), reads };
}

/** The names an instruction reads files from. A mount with variables in it cannot be known yet. */
function readNames(instruction: StageInstruction): string[] {
  if (instruction.kind === "copy") return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.kind !== "run") return [];
  return instruction.mounts.flatMap((mount) => {
    if (mount.includes("$")) return [];
    const { from } = parseRunMount(mount);
    return from === undefined ? [] : [from];
  });
}

/**
 * What `--from` means in stage `index`.
 * @throws KasaneError `invalid-dockerfile` for a stage that does not come before it
 */
export function instructionSource(
  { stages, contexts }: { readonly stages: readonly Stage[]; readonly contexts: ContextNames },
  index: number,
  name: string,
): SourceName {
  if (name.includes("$")) {
    throw new KasaneError("invalid-dockerfile", `variables cannot be used in --from=${name}`, {
      hint: `add a stage above, FROM ${name} AS source, and copy from that`,
    });
  }
  const named = contexts.find(name);
  if (named) return contextSource(stages, index, named);
  return stageSource(stages, index, name);
}

/** What a named context is. @throws KasaneError `invalid-dockerfile` for a stage that does not come before */
function contextSource(
  stages: readonly Stage[],
  index: number,
  { name, context }: { name: string; context: NamedContext },
): SourceName {
  switch (context.kind) {
    case "image":
      return { kind: "image", reference: context.reference };
    case "stage":
      return stageSource(stages, index, context.name);
    default:
      return { kind: "context", name, context };
  }
}

function stageSource(stages: readonly Stage[], index: number, name: string): SourceName {
  const found = findStage(stages, name);
  if (found === undefined) {
    if (/^\d+$/.test(name)) {
      throw new KasaneError(
        "invalid-dockerfile",
        `there is no stage ${name}: stages count from 0 to ${stages.length - 1}`,
        { hint: "name it: FROM IMAGE AS NAME, and then --from=NAME" },
      );
    }
    return sourceName([], name);
  }
  if (found < index) return { kind: "stage", index: found };
  throw new KasaneError(
    "invalid-dockerfile",
    `the stage ${name} must come before the one that reads from it`,
    { hint: "move its FROM with all that follows further up" },
  );
}

function sourceName(earlier: readonly Stage[], name: string): SourceName {
  const named = earlier.findLast((stage) => stage.from.stageName === name.toLowerCase());
  if (named) return { kind: "stage", index: named.index };
  if (name === "scratch") return { kind: "scratch" };
  try {
    return { kind: "image", reference: withDefaultTag(parseReference(name)) };
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    const near = closest(
      name,
      earlier.map((stage) => stage.from.stageName).filter((stageName) => stageName !== undefined),
    );
    throw new KasaneError("invalid-dockerfile", error.message, {
      cause: error,
      ...(near ? { hint: `did you mean the stage ${near}?` } : error.hint ? { hint: error.hint } : {}),
    });
  }
}

function unusedArgs(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): string[] {
  const declared = new Set<string>();
  const all = [...dockerfile.globalArgs, ...dockerfile.stages.flatMap((stage) => stage.instructions)];
  for (const instruction of all) {
    if (instruction.kind === "arg") for (const { name } of instruction.definitions) declared.add(name);
  }
  return Object.keys(buildArgs).filter(
    (name) =>
      !declared.has(name) &&
      !isProxyArg(name) &&
      name !== "SOURCE_DATE_EPOCH" &&
      !name.startsWith("BUILDKIT_"),
  );
}
