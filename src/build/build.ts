import { type CheckSelection, type Dockerfile, parseDockerfile } from "../dockerfile/mod.ts";
import { putImage } from "../image/mod.ts";
import { isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { familiarReference, hostPlatform, type Platform } from "../oci/mod.ts";
import { BaseImages, buildTime } from "./base-images.ts";
import { checkedBases, refuseWarnings, runChecks, selectionOf } from "./check.ts";
import { finalImage } from "./final-image.ts";
import { LayerCache } from "./layer-cache.ts";
import { locatedError } from "./locate-error.ts";
import { type OpenedContext, openContext } from "./open-context.ts";
import type { BuildOptions, BuildResult } from "./options.ts";
import { type BuildPlan, type PlannedStage, planBuild, type SourceName } from "./plan.ts";
import { runStage } from "./run-stage.ts";
import { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";

/**
 * Builds an image from a Dockerfile into the store. Nothing of it is visible before everything is done: a build that fails, is
 * cancelled or killed leaves at most garbage that prune removes, and cached steps that the next one uses.
 *
 * Equal inputs give an equal image, on any machine: see ARCHITECTURE.md, "Deterministic by default".
 * @throws KasaneError `invalid-dockerfile`, `build-failed` (with `data.exitCode`), `not-found`, `unsupported`, `cancelled` …;
 * where an instruction is to blame, `data.file` and `data.line` name it and the message shows it
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const { store } = options;
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const work = await store.workDirectory("build");
  try {
    return await store.withLease("build", async (lease) => {
      const cache = new LayerCache({
        meta: store.meta,
        blobs: store.blobs,
        lease,
        compression: options.compression ?? "gzip",
        isReadable: !options.noCache,
      });
      const session = new BuildSession({ store, lease, cache, options, signal, workDirectory: work.path });
      return new Build(session, failure).run(lease);
    });
  } finally {
    await work.dispose();
  }
}

class Build {
  readonly #session: BuildSession;
  readonly #options: BuildOptions;
  readonly #failure: AbortController;
  readonly #stages = new Map<number, Promise<StageImage>>();
  readonly #targetPlatform: Platform;
  #dockerfile!: Dockerfile;
  #context!: OpenedContext;
  #plan!: BuildPlan;
  #checkSelection!: CheckSelection;
  #bases!: BaseImages;
  /** The first error: those that follow are only its echo in other stages. */
  #firstError: unknown;

  constructor(session: BuildSession, failure: AbortController) {
    this.#session = session;
    this.#options = session.options;
    this.#failure = failure;
    this.#targetPlatform = session.options.platform ?? hostPlatform();
  }

  async run(lease: LeaseId): Promise<BuildResult> {
    const session = this.#session;
    const { store, labels, platform, tags = [] } = this.#options;
    session.checkCancelled();
    this.#context = await openContext({
      context: this.#options.context,
      dockerfile: this.#options.dockerfile,
      newSpool: () => session.newSpool(),
      signal: session.signal,
    });
    const { text, name } = this.#context.dockerfile;
    this.#dockerfile = parseDockerfile(text, { name });
    this.#checkSelection = selectionOf(this.#dockerfile, this.#options.buildArgs);
    this.#plan = planBuild(this.#dockerfile, {
      buildArgs: this.#options.buildArgs ?? {},
      target: this.#options.target,
      buildPlatform: hostPlatform(),
      targetPlatform: this.#targetPlatform,
    });
    this.#bases = new BaseImages(session, buildTime(this.#options, this.#plan.globalArgs));
    this.#warn();
    const checks = this.#check();
    // Its failure is the build's where it was asked to be; before anything runs then, else beside what runs.
    checks.catch(() => {});
    if (this.#checkSelection.isError) await checks;
    const stage = await this.#runAll();
    await checks;
    const image = await finalImage(stage, {
      store,
      mediaTypes: this.#options.mediaTypes ?? "oci",
      ...(labels ? { labels } : {}),
      ...(platform ? { platform } : {}),
    });
    session.checkCancelled();
    await putImage(store.sink({ lease, names: tags, builtAtMs: Date.now() }), image);
    return {
      raw: image.raw,
      manifest: image.manifest,
      config: image.config,
      id: image.configDescriptor.digest,
      tags,
      steps: session.steps,
    };
  }

  /** @throws KasaneError `invalid-dockerfile` for what the checks find where `check=error=true` */
  async #check(): Promise<void> {
    const platform = this.#targetPlatform;
    const bases = await checkedBases(this.#plan, async ({ reference, platform: own }) => {
      const { config, platform: actual } = await this.#bases.image(reference, own ?? this.#options.platform);
      return { config, platform: actual };
    });
    const warnings = runChecks(this.#dockerfile, {
      selection: this.#checkSelection,
      buildArgs: this.#options.buildArgs ?? {},
      target: this.#options.target,
      targetPlatform: platform,
      bases,
      ignore: this.#context.ignore,
    });
    for (const { rule, message, range } of warnings) {
      this.#session.emit({ kind: "warning", rule, message, line: range.startLine });
    }
    if (this.#checkSelection.isError) refuseWarnings(this.#dockerfile, warnings);
  }

  #warn(): void {
    const { syntax } = this.#dockerfile.directives;
    if (syntax !== undefined && !/(^|\/)docker\/dockerfile(-upstream)?(:|@|$)/.test(syntax)) {
      const message = `the file asks for the frontend ${syntax}; Kasane reads it as a Dockerfile all the same`;
      this.#session.emit({ kind: "warning", message, line: 1 });
    }
    const { unusedArgs } = this.#plan;
    if (unusedArgs.length > 0) {
      this.#session.emit({
        kind: "warning",
        message: `build arguments that no ARG asks for: ${unusedArgs.join(", ")}`,
      });
    }
  }

  /** The target; when anything fails, everything else is stopped and waited for first. */
  async #runAll(): Promise<StageImage> {
    try {
      return await this.#stage(this.#plan.target);
    } catch (error) {
      this.#failure.abort(error);
      await Promise.allSettled([...this.#stages.values(), this.#bases.settled()]);
      throw this.#firstError ?? error;
    }
  }

  #stage(index: number): Promise<StageImage> {
    let stage = this.#stages.get(index);
    if (!stage) {
      stage = this.#runStage(this.#plan.stages[index]!);
      stage.catch((error) => {
        if (!isKasaneError(error, "cancelled")) this.#firstError ??= error;
        this.#failure.abort(error);
      });
      this.#stages.set(index, stage);
    }
    return stage;
  }

  async #runStage(planned: PlannedStage): Promise<StageImage> {
    // What it reads from is built meanwhile; whether that works shows where it is needed.
    for (const index of planned.reads) this.#stage(index).catch(() => {});
    const base = await this.#base(planned);
    return runStage({
      session: this.#session,
      dockerfile: this.#dockerfile,
      plan: this.#plan,
      planned,
      base,
      hasBaseStep: planned.base.kind === "image",
      context: this.#context.tree,
      resolve: (source) => this.#resolve(source, planned.platform),
    });
  }

  async #base(planned: PlannedStage): Promise<StageImage> {
    const { base, platform } = planned;
    if (base.kind !== "image") return this.#resolve(base, platform);
    const { from } = planned.stage;
    const step = this.#session.numberStep({
      stage: planned.name,
      index: 1,
      total:
        1 +
        planned.stage.instructions.filter(({ kind }) => ["run", "copy", "add", "workdir"].includes(kind))
          .length,
      instruction: "FROM",
      text: `FROM ${familiarReference(base.reference)}`,
      isOnBuild: false,
      line: from.range.startLine,
    });
    const startedAt = performance.now();
    this.#session.emit({ kind: "started", step });
    try {
      const image = await this.#resolve(base, platform);
      this.#session.emit({ kind: "finished", step, durationMs: performance.now() - startedAt });
      return image;
    } catch (cause) {
      const located = locatedError(this.#dockerfile.source, from.range, cause);
      const error = isKasaneError(located)
        ? located
        : new KasaneError("internal", messageOf(located), { cause: located });
      this.#session.emit({ kind: "failed", step, error });
      throw error;
    }
  }

  #resolve(source: SourceName, platform: Platform | undefined): Promise<StageImage> {
    switch (source.kind) {
      case "stage":
        return this.#stage(source.index);
      case "scratch":
        return Promise.resolve(this.#bases.scratch(platform ?? this.#targetPlatform));
      case "image":
        return this.#bases.image(source.reference, platform ?? this.#options.platform);
    }
  }
}
