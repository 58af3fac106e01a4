import type { StageInstruction } from "../dockerfile/mod.ts";
import { formatPlatform, formatReference, type Platform } from "../oci/mod.ts";
import type { BuildPlan, PlannedStage, SourceName } from "./plan.ts";
import type { StageImage } from "./stage-image.ts";

/**
 * What a stage comes from, as text, for one target platform. Where the texts of two platforms are equal, the stage does not depend on the
 * target and is built once: a compiler that runs on the machine's own platform, files that are the same everywhere.
 */
export class StageIdentities {
  readonly #plan: BuildPlan;
  readonly #requested: Platform | undefined;
  readonly #base: (source: SourceName, platform: Platform | undefined) => Promise<StageImage>;
  readonly #known = new Map<number, Promise<string>>();

  constructor(parts: {
    plan: BuildPlan;
    /** The target platform, where one was asked for. */
    requested: Platform | undefined;
    /** An image that a stage stands on: its triggers are part of the stage. */
    base: (source: SourceName, platform: Platform | undefined) => Promise<StageImage>;
  }) {
    this.#plan = parts.plan;
    this.#requested = parts.requested;
    this.#base = parts.base;
  }

  of(index: number): Promise<string> {
    let known = this.#known.get(index);
    if (!known) {
      known = this.#identify(this.#plan.stages[index]!);
      this.#known.set(index, known);
    }
    return known;
  }

  async #identify(planned: PlannedStage): Promise<string> {
    const { base, stage } = planned;
    const platform = planned.platform ?? this.#requested;
    const parts: unknown[] = [stage.index];
    if (base.kind === "stage") parts.push(await this.of(base.index));
    else parts.push(nameOf(base), platform && formatPlatform(platform));
    for (const read of planned.reads) parts.push(await this.of(read));
    // An image that is read from is the one for the stage's platform.
    if (stage.instructions.some(readsElsewhere)) parts.push(platform && formatPlatform(platform));
    parts.push(await this.#values(planned));
    return JSON.stringify(parts);
  }

  /** The arguments the stage asks for, which are all that it sees of the platform it is built for. */
  async #values({ stage, base, platform }: PlannedStage): Promise<unknown> {
    const { globalArgs } = this.#plan;
    const all = [...globalArgs];
    if (base.kind === "image" || base.kind === "context") {
      const { config } = await this.#base(base, platform);
      // What the triggers ask for shows only when they are carried out.
      if (config.OnBuild && config.OnBuild.length > 0) return all;
    }
    const names = new Set<string>();
    for (const instruction of stage.instructions) {
      if (instruction.kind === "onbuild") return all;
      if (instruction.kind !== "arg") continue;
      for (const { name } of instruction.definitions) {
        if (name.includes("$")) return all;
        names.add(name);
      }
    }
    return all.filter(([name]) => names.has(name));
  }
}

function readsElsewhere(instruction: StageInstruction): boolean {
  if (instruction.kind === "copy") return instruction.from !== undefined;
  return instruction.kind === "run" && instruction.mounts.length > 0;
}

function nameOf(source: SourceName): string {
  if (source.kind === "image") return formatReference(source.reference);
  return source.kind === "context" ? `context ${source.name}` : source.kind;
}
