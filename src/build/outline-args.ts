import { type Dockerfile, expandWord, type SourceRange } from "../dockerfile/mod.ts";
import type { BuildPlan } from "./plan.ts";

export interface OutlineArg {
  readonly name: string;
  readonly range: SourceRange;
  readonly value: string;
  readonly description: string;
}

/** An ARG above the first FROM, and the others that its value is made of. */
type GlobalArg = OutlineArg & { readonly madeOf: ReadonlySet<string> };

/**
 * The build arguments that mean something for the target: those that it and the stages it needs declare, those that their FROMs name, and those that
 * these are made of. What a stage only takes from above the first FROM is told of there; of two stages the one nearer to the target counts.
 */
export function outlineArgs(
  dockerfile: Dockerfile,
  plan: BuildPlan,
  buildArgs: Readonly<Record<string, string>>,
): OutlineArg[] {
  const globals = globalArgs(dockerfile, plan, buildArgs);
  const args = new Map<string, OutlineArg>();
  const take = (arg: OutlineArg): void => {
    if (!args.has(arg.name)) args.set(arg.name, arg);
  };
  const takeGlobal = (name: string, seen = new Set<string>()): void => {
    const global = globals.get(name);
    if (!global || seen.has(name)) return;
    seen.add(name);
    take(global);
    for (const part of global.madeOf) takeGlobal(part, seen);
  };
  const declared = new Map<number, StageArgs>();
  const declaredIn = (index: number): StageArgs => {
    const known = declared.get(index);
    if (known) return known;
    const { base } = plan.stages[index]!;
    const before = base.kind === "stage" ? declaredIn(base.index).environment : [];
    const found = stageArgs(dockerfile, plan, buildArgs, index, new Map(before));
    declared.set(index, found);
    return found;
  };
  const visited = new Set<number>();
  const visit = (index: number): void => {
    if (visited.has(index)) return;
    visited.add(index);
    const { own, taken } = declaredIn(index);
    for (const arg of own) take(arg);
    for (const name of taken) takeGlobal(name);
    const { from } = dockerfile.stages[index]!;
    for (const text of [from.base, from.platform ?? ""])
      for (const name of variablesOf(text, dockerfile, plan.globalArgs)) takeGlobal(name);
    const { base, reads } = plan.stages[index]!;
    if (base.kind === "stage") visit(base.index);
    for (const read of reads) visit(read);
  };
  visit(plan.target);
  return [...args.values()].sort((a, b) => a.range.startLine - b.range.startLine);
}

/** `# NAME what it is`, right above what has the name. */
export function describedBy(comments: readonly string[], name: string | undefined): string {
  if (name === undefined) return "";
  const line = comments.find((text) => text.toLowerCase().startsWith(`${name.toLowerCase()} `));
  return line?.slice(name.length + 1).trim() ?? "";
}

function globalArgs(
  dockerfile: Dockerfile,
  { globalArgs: values }: BuildPlan,
  buildArgs: Readonly<Record<string, string>>,
): Map<string, GlobalArg> {
  const args = new Map<string, GlobalArg>();
  for (const { definitions, comments, range } of dockerfile.globalArgs) {
    for (const { name, value } of definitions) {
      const madeOf =
        buildArgs[name] === undefined ? variablesOf(value ?? "", dockerfile, values) : new Set<string>();
      // What it was before is part of what it is.
      if (madeOf.delete(name)) for (const part of args.get(name)?.madeOf ?? []) madeOf.add(part);
      const description = describedBy(comments, name);
      args.set(name, { name, range, value: values.get(name) ?? "", description, madeOf });
    }
  }
  return args;
}

interface StageArgs {
  /** With a value of their own. */
  readonly own: readonly OutlineArg[];
  /** Those whose value is that of the ARG above the first FROM. */
  readonly taken: readonly string[];
  /** What the stage sets, and what was set before it. */
  readonly environment: ReadonlyMap<string, string>;
}

function stageArgs(
  { stages, directives }: Dockerfile,
  { globalArgs: globals }: BuildPlan,
  buildArgs: Readonly<Record<string, string>>,
  index: number,
  environment: Map<string, string>,
): StageArgs {
  const own = new Map<string, OutlineArg>();
  const taken = new Set<string>();
  const expanded = (text: string): string => {
    try {
      return expandWord(text, (name) => environment.get(name), { escape: directives.escape });
    } catch {
      return text;
    }
  };
  for (const instruction of stages[index]!.instructions) {
    if (instruction.kind === "env") {
      for (const { name, value } of instruction.pairs) environment.set(expanded(name), expanded(value));
    }
    if (instruction.kind !== "arg") continue;
    for (const { name, value } of instruction.definitions) {
      const global = globals.get(name);
      const isTaken = buildArgs[name] === undefined && value === undefined && global !== undefined;
      const known = buildArgs[name] ?? (value === undefined ? global : expanded(value));
      if (known !== undefined) environment.set(name, known);
      if (isTaken) taken.add(name);
      else {
        const description = describedBy(instruction.comments, name);
        own.set(name, { name, range: instruction.range, value: known ?? "", description });
      }
    }
  }
  return { own: [...own.values()], taken: [...taken], environment };
}

/** The variables with a value that a word asks for. */
function variablesOf(
  text: string,
  { directives }: Dockerfile,
  values: ReadonlyMap<string, string>,
): Set<string> {
  const found = new Set<string>();
  try {
    expandWord(
      text,
      (name) => {
        const value = values.get(name);
        if (value !== undefined) found.add(name);
        return value;
      },
      { escape: directives.escape },
    );
  } catch {
    // What cannot be expanded asks for what was found up to there.
  }
  return found;
}
