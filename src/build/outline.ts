import {
  type Dockerfile,
  parseRunMount,
  type RunMount,
  type SourceRange,
  type Stage,
} from "../dockerfile/mod.ts";
import { describedBy, type OutlineArg, outlineArgs } from "./outline-args.ts";
import type { BuildPlan } from "./plan.ts";

/** Something that a build can be given, and where the Dockerfile asks for it. */
export interface OutlineEntry {
  readonly name: string;
  readonly range: SourceRange;
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
    args: outlineArgs(dockerfile, plan, buildArgs),
    secrets: ofType(mounts, "secret"),
    ssh: ofType(mounts, "ssh"),
    caches: ofType(mounts, "cache"),
  };
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
