import type { Dockerfile } from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import { isKasaneError, KasaneError, messageOf, type ProgressListener } from "../lib/mod.ts";
import { familiarReference, formatPlatform, hostPlatform, type Platform } from "../oci/mod.ts";
import type { BaseImages } from "./base-images.ts";
import { transferParts } from "./build-task.ts";
import type { NamedContexts } from "./context/named-contexts.ts";
import type { OpenedContext } from "./context/open-context.ts";
import { locatedError } from "./locate-error.ts";
import { orNearStage } from "./near-stage.ts";
import type { BuildPlan, PlannedStage, SourceName } from "./plan.ts";
import { runStage } from "./run-stage.ts";
import type { BuildSession } from "./session.ts";
import { StageIdentities } from "./stage-identity.ts";
import type { StageImage } from "./stage-image.ts";

/** What the builds for all platforms share. */
export interface SharedBuild {
  readonly session: BuildSession;
  readonly dockerfile: Dockerfile;
  readonly context: OpenedContext;
  readonly bases: BaseImages;
  readonly contexts: NamedContexts;
  /** Stages by what they come from: those that do not depend on the platform are there once. */
  readonly stages: Map<string, Promise<StageImage>>;
  /** True where there are several platforms. */
  readonly isMultiPlatform: boolean;
  /** Hears of layers that the image will have, once they are there. */
  readonly onLayer: (layer: ImageLayer) => void;
  /** Stops everything else. */
  readonly fail: (error: unknown) => void;
}

/** The stages of a Dockerfile, built for one platform. */
export class PlatformBuild {
  readonly plan: BuildPlan;
  readonly target: Platform;
  /** Absent where nobody asked for one: then an image of a single platform is taken as it is. */
  readonly requested: Platform | undefined;
  readonly #shared: SharedBuild;
  readonly #identities: StageIdentities;

  constructor(shared: SharedBuild, plan: BuildPlan, requested: Platform | undefined) {
    this.#shared = shared;
    this.plan = plan;
    this.requested = requested;
    this.target = requested ?? hostPlatform();
    this.#identities = new StageIdentities({
      plan,
      requested,
      base: (source, platform) => this.#resolve(source, platform),
    });
  }

  /** The image that the build is for. */
  result(): Promise<StageImage> {
    return this.#stage(this.plan.target);
  }

  /** Every stage that is needed beside the target, in order. */
  async intermediate(): Promise<{ planned: PlannedStage; stage: StageImage }[]> {
    const indexes = [...this.plan.needed].filter((index) => index !== this.plan.target).sort((a, b) => a - b);
    return Promise.all(
      indexes.map(async (index) => ({
        planned: this.plan.stages[index]!,
        stage: await this.#stage(index),
      })),
    );
  }

  async #stage(index: number): Promise<StageImage> {
    const { stages, fail, isMultiPlatform } = this.#shared;
    const identity = isMultiPlatform ? await this.#identities.of(index) : `${index}`;
    let stage = stages.get(identity);
    if (!stage) {
      stage = this.#runStage(this.plan.stages[index]!);
      stage.catch(fail);
      stages.set(identity, stage);
    }
    return stage;
  }

  async #runStage(stage: PlannedStage): Promise<StageImage> {
    const { session, dockerfile, context } = this.#shared;
    const planned = this.#shared.isMultiPlatform ? { ...stage, name: this.#nameOf(stage) } : stage;
    // What it reads from is built meanwhile; whether that works shows where it is needed.
    for (const index of planned.reads) this.#stage(index).catch(() => {});
    const base = await this.#base(planned);
    const onLayer = this.#isShipped(stage) ? this.#shared.onLayer : undefined;
    if (planned.base.kind !== "stage") for (const layer of base.layers) onLayer?.(layer);
    return runStage({
      ...(onLayer && { onLayer }),
      session,
      dockerfile,
      plan: this.plan,
      planned,
      base,
      hasBaseStep: planned.base.kind === "image",
      context: context.origin,
      contexts: this.#shared.contexts,
      platform: planned.platform ?? this.requested,
      resolve: (source) => this.#resolve(source, planned.platform),
    });
  }

  /** The target, and what it stands on. */
  #isShipped({ stage }: PlannedStage): boolean {
    for (let index = this.plan.target; ; ) {
      if (index === stage.index) return true;
      const { base } = this.plan.stages[index]!;
      if (base.kind !== "stage") return false;
      index = base.index;
    }
  }

  /** As BuildKit shows it: the platform the stage runs on, and before its name, which may be empty. */
  #nameOf({ name, platform }: PlannedStage): string {
    return `${formatPlatform(platform ?? this.target)} ${name}`.trim();
  }

  async #base(planned: PlannedStage): Promise<StageImage> {
    const { base, platform } = planned;
    if (base.kind !== "image") return this.#resolve(base, platform);
    const { session, dockerfile } = this.#shared;
    const { from, instructions } = planned.stage;
    const steps = instructions.filter(({ kind }) => ["run", "copy", "add", "workdir"].includes(kind));
    const step = session.numberStep({
      stage: planned.name,
      index: 1,
      total: 1 + steps.length,
      instruction: "FROM",
      text: `FROM ${familiarReference(base.reference)}`,
      isOnBuild: false,
      line: from.range.startLine,
    });
    const startedAt = performance.now();
    session.emit({ kind: "started", step });
    try {
      const progress = transferParts(session.emit, step);
      const image = await this.#resolve(base, platform, progress).catch((error: unknown) => {
        const earlier = dockerfile.stages.slice(0, planned.stage.index);
        throw orNearStage(error, from.base, earlier);
      });
      session.emit({ kind: "finished", step, durationMs: performance.now() - startedAt });
      return image;
    } catch (cause) {
      const located = locatedError(dockerfile.source, from.range, cause);
      const error = isKasaneError(located)
        ? located
        : new KasaneError("internal", messageOf(located), { cause: located });
      session.emit({ kind: "failed", step, error });
      throw error;
    }
  }

  #resolve(
    source: SourceName,
    platform: Platform | undefined,
    progress?: ProgressListener,
  ): Promise<StageImage> {
    const { bases } = this.#shared;
    switch (source.kind) {
      case "stage":
        return this.#stage(source.index);
      case "scratch":
        return Promise.resolve(bases.scratch(platform ?? this.target));
      case "context": {
        const { contexts } = this.#shared;
        return contexts.image(source.name, source.context, platform ?? this.requested, this.target);
      }
      case "image":
        return bases.image(source.reference, platform ?? this.requested, progress);
    }
  }
}
