import {
  type ArgInstruction,
  type Dockerfile,
  expandWord,
  parseRunMount,
  type RunMount,
  type SourceRange,
  type Stage,
} from "../dockerfile/mod.ts";
import type { BuildPlan } from "./plan.ts";

/** Something that a build can be given, and where the Dockerfile asks for it. */
export interface OutlineEntry {
  readonly name: string;
  readonly range: SourceRange;
}

export interface OutlineArg extends OutlineEntry {
  readonly value: string;
  readonly description: string;
}

/** What a target and the stages that it needs can be given. */
export interface BuildOutline {
  /** Empty where the stage has none. */
  readonly name: string;
  readonly description: string;
  readonly args: readonly OutlineArg[];
  readonly secrets: readonly (OutlineEntry & { readonly required: boolean })[];
  readonly ssh: readonly (OutlineEntry & { readonly required: boolean })[];
  readonly caches: readonly OutlineEntry[];
}

/** A stage that can be built by `--target`. */
export interface BuildTarget extends OutlineEntry {
  readonly isDefault: boolean;
  readonly description: string;
  readonly base: string;
  readonly platform: string;
}

export function buildTargets({ stages }: Dockerfile): BuildTarget[] {
  return stages.map(({ from, index }) => ({
    name: from.stageName ?? "",
    isDefault: index === stages.length - 1,
    description: describedBy(from.comments, from.stageName),
    base: from.base,
    platform: from.platform ?? "",
    range: from.range,
  }));
}

export function buildOutline(
  dockerfile: Dockerfile,
  plan: BuildPlan,
  buildArgs: Readonly<Record<string, string>>,
): BuildOutline {
  const stages = [...plan.needed].sort((a, b) => a - b).map((index) => dockerfile.stages[index]!);
  const mounts = stages.flatMap(mountsOf);
  const { from } = dockerfile.stages[plan.target]!;
  return {
    name: from.stageName ?? "",
    description: describedBy(from.comments, from.stageName),
    args: argsOf(dockerfile, stages, plan, buildArgs),
    secrets: ofType(mounts, "secret"),
    ssh: ofType(mounts, "ssh"),
    caches: ofType(mounts, "cache"),
  };
}

/** `# NAME what it is`, right above what has the name. */
function describedBy(comments: readonly string[], name: string | undefined): string {
  if (name === undefined) return "";
  const line = comments.find((text) => text.toLowerCase().startsWith(`${name.toLowerCase()} `));
  return line?.slice(name.length + 1).trim() ?? "";
}

function argsOf(
  { globalArgs, directives }: Dockerfile,
  stages: readonly Stage[],
  plan: BuildPlan,
  buildArgs: Readonly<Record<string, string>>,
): OutlineArg[] {
  const args = new Map<string, OutlineArg>();
  const values = new Map(plan.globalArgs);
  const add = ({ definitions, comments, range }: ArgInstruction): void => {
    for (const { name, value } of definitions) {
      const known = args.get(name);
      const usual = value === undefined ? undefined : expanded(value, values, directives);
      const shown = buildArgs[name] ?? usual ?? values.get(name) ?? "";
      values.set(name, shown);
      const description = describedBy(comments, name) || known?.description || "";
      args.set(name, { name, value: shown, description, range: known?.range ?? range });
    }
  };
  for (const arg of globalArgs) add(arg);
  for (const { instructions } of stages) {
    for (const instruction of instructions) if (instruction.kind === "arg") add(instruction);
  }
  return [...args.values()].sort((a, b) => a.range.startLine - b.range.startLine);
}

function expanded(
  text: string,
  values: ReadonlyMap<string, string>,
  directives: Dockerfile["directives"],
): string {
  try {
    return expandWord(text, (name) => values.get(name), { escape: directives.escape });
  } catch {
    return text;
  }
}

type PlacedMount = { readonly mount: RunMount; readonly range: SourceRange };

function mountsOf({ instructions }: Stage): PlacedMount[] {
  return instructions.flatMap((instruction) =>
    instruction.kind === "run"
      ? instruction.mounts.map((text) => ({ mount: parseRunMount(text), range: instruction.range }))
      : [],
  );
}

function ofType(mounts: readonly PlacedMount[], type: RunMount["type"]) {
  const found = new Map<string, OutlineEntry & { readonly required: boolean }>();
  for (const { mount, range } of mounts) {
    if (mount.type !== type) continue;
    const name = mount.id ?? (type === "ssh" ? "default" : (mount.source ?? mount.target ?? ""));
    const known = found.get(name);
    const required = mount.required || (known?.required ?? false);
    found.set(name, { name, required, range: known?.range ?? range });
  }
  return [...found.values()];
}
