import { resolve } from "node:path";
import type { CheckSelection, CheckWarning, Dockerfile } from "../dockerfile/mod.ts";
import { isKasaneError, messageOf } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import { formatPlatform, hostPlatform, type Platform } from "../oci/mod.ts";
import { BaseImages, buildTime } from "./base-images.ts";
import { builderSwitch, foreignFrontend } from "./builder-args.ts";
import { type BuiltImage, composeBuilt, type FinishedPlatform } from "./built-image.ts";
import { checkedBases, refuseWarnings, runChecks, selectionOf } from "./check.ts";
import { NamedContexts } from "./context/named-contexts.ts";
import { type OpenedContext, openContext } from "./context/open-context.ts";
import { checkAnnotations, type ImageShape } from "./image-shape.ts";
import { knownContexts } from "./known-digests.ts";
import type { BuildOptions, BuildResult } from "./options.ts";
import type { BuildOutput } from "./output/build-output.ts";
import { storeOutput } from "./output/store-output.ts";
import { parseBuildFile } from "./parse-build-file.ts";
import { planBuild } from "./plan.ts";
import { PlatformBuild, type SharedBuild } from "./platform-build.ts";
import type { BuildSession } from "./session.ts";
import { squashStage } from "./squash-stage.ts";
import type { StageImage } from "./stage-image.ts";
import { withSession } from "./with-session.ts";

/**
 * Builds an image from a Dockerfile into the store. Nothing of it is visible before everything is done: a build that fails, is
 * cancelled or killed leaves at most garbage that prune removes, and cached steps that the next one uses.
 *
 * Equal inputs give an equal image, on any machine: see ARCHITECTURE.md, "Deterministic by default".
 * @throws KasaneError `invalid-dockerfile`, `build-failed` (with `data.exitCode`), `not-found`, `unsupported`, `cancelled` …;
 * where an instruction is to blame, `data.file` and `data.line` name it and the message shows it
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const { store, cacheLimitBytes: limitBytes } = options;
  const failure = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal;
  const { result, hasMounts } = await withSession(options, signal, async (session) => {
    const built = await recorded(session, new Build(session, failure).run(session.lease));
    return { result: built, hasMounts: session.hasMounts };
  });
  // What came from the cache has not made it larger.
  if (limitBytes !== undefined && result.steps.cached < result.steps.total) {
    const { collectBuildCache } = await import("./cache/collect-cache.ts");
    // The image is there: whatever keeps the cache from being tidied, the next build tries again.
    await collectBuildCache(store, { limitBytes, hasMounts }).catch(() => {});
  }
  return result;
}

/** What became of it is written down, whatever that is. */
async function recorded(
  { journal, options: { target, tags = [] } }: BuildSession,
  running: Promise<Omit<BuildResult, "buildId">>,
): Promise<BuildResult> {
  try {
    const result = await running;
    return { ...result, buildId: await journal.end({ tags, target, image: result.raw.digest }) };
  } catch (error) {
    // Not over the failure itself: a full disk takes no record either.
    await journal.end({ tags, target, error: messageOf(error) }).catch(() => {});
    throw error;
  }
}

class Build {
  readonly #session: BuildSession;
  readonly #options: BuildOptions;
  readonly #failure: AbortController;
  readonly #stages = new Map<string, Promise<StageImage>>();
  #dockerfile!: Dockerfile;
  #context!: OpenedContext;
  #checkSelection!: CheckSelection;
  #bases!: BaseImages;
  #platforms!: readonly PlatformBuild[];
  /** The first error: those that follow are only its echo in other stages. */
  #firstError: unknown;

  constructor(session: BuildSession, failure: AbortController) {
    this.#session = session;
    this.#options = session.options;
    this.#failure = failure;
  }

  async run(lease: LeaseId): Promise<Omit<BuildResult, "buildId">> {
    const session = this.#session;
    const outputs = this.#outputs();
    session.checkCancelled();
    this.#context = await openContext({
      context: this.#options.context,
      dockerfile: this.#options.dockerfile,
      newSpool: () => session.newSpool(),
      knownDigests: knownContexts(session.store),
      buildArgs: this.#options.buildArgs,
      git: session.git,
      secrets: this.#options.secrets,
      signal: session.signal,
    });
    const { text, name } = this.#context.dockerfile;
    this.#dockerfile = parseBuildFile(text, { name, buildArgs: this.#options.buildArgs });
    session.journal.begin(contextName(this.#options.context), name);
    this.#checkSelection = selectionOf(this.#dockerfile, this.#options.buildArgs);
    this.#platforms = this.#planAll();
    this.#warn();
    const checks = this.#check();
    // Its failure is the build's where it was asked to be; before anything runs then, else beside what runs.
    checks.catch(() => {});
    if (this.#checkSelection.isError) await checks;
    const finished = await this.#runAll();
    await checks;
    this.#context.known?.save();
    return this.#write(lease, finished, outputs);
  }

  /** @throws KasaneError `usage` where an image cannot be as it is to be */
  #outputs(): { output: BuildOutput; shape: ImageShape }[] {
    const { tags = [], outputs = [storeOutput({ names: tags })] } = this.#options;
    const { compression, compressionLevel, forceCompression = false, mediaTypes } = this.#options;
    const usual: ImageShape = {
      mediaTypes: mediaTypes ?? "oci",
      compression: compression ?? "gzip",
      compressionLevel,
      forceCompression,
      annotations: this.#options.annotations ?? [],
    };
    const isIndex = this.#isIndex();
    const shaped = outputs.map((output) => ({ output, shape: { ...usual, ...output.shape } }));
    for (const { shape } of shaped) checkAnnotations(shape, isIndex);
    return shaped;
  }

  /** Several platforms, or one that is to be written down like several. */
  #isIndex(): boolean {
    const { buildArgs, platforms } = this.#options;
    return distinctPlatforms(platforms).length > 1 || builderSwitch(buildArgs, "BUILDKIT_MULTI_PLATFORM");
  }

  #planAll(): PlatformBuild[] {
    const requested = distinctPlatforms(this.#options.platforms);
    const plans = (requested.length > 0 ? requested : [undefined]).map((platform) => ({
      platform,
      plan: planBuild(this.#dockerfile, {
        buildArgs: this.#options.buildArgs ?? {},
        contexts: this.#options.contexts,
        target: this.#options.target,
        buildPlatform: hostPlatform(),
        targetPlatform: platform ?? hostPlatform(),
      }),
    }));
    this.#bases = new BaseImages(
      this.#session,
      buildTime(this.#options, plans[0]!.plan.globalArgs, this.#context.timeSeconds),
    );
    const shared: SharedBuild = {
      session: this.#session,
      dockerfile: this.#dockerfile,
      context: this.#context,
      bases: this.#bases,
      contexts: new NamedContexts(this.#session, this.#bases),
      stages: this.#stages,
      isMultiPlatform: plans.length > 1,
      fail: (error) => this.#fail(error),
    };
    return plans.map(({ plan, platform }) => new PlatformBuild(shared, plan, platform));
  }

  /** @throws KasaneError `invalid-dockerfile` for what the checks find where `check=error=true` */
  async #check(): Promise<void> {
    const found = new Map<string, CheckWarning>();
    for (const { plan, target, requested } of this.#platforms) {
      const bases = await checkedBases(plan, async ({ reference, platform: own }) => {
        const { config, platform } = await this.#bases.image(reference, own ?? requested);
        return { config, platform };
      });
      const warnings = runChecks(this.#dockerfile, {
        selection: this.#checkSelection,
        buildArgs: this.#options.buildArgs ?? {},
        target: this.#options.target,
        targetPlatform: target,
        bases,
        ignore: this.#context.ignore,
      });
      for (const one of warnings) found.set(JSON.stringify([one.rule, one.message, one.range]), one);
    }
    for (const { rule, message, range } of found.values()) {
      this.#session.emit({ kind: "warning", rule, message, line: range.startLine });
    }
    if (this.#checkSelection.isError) refuseWarnings(this.#dockerfile, [...found.values()]);
  }

  #warn(): void {
    const frontend = foreignFrontend(this.#dockerfile.directives.syntax, this.#options.buildArgs);
    if (frontend !== undefined) {
      this.#session.onWarning(
        `the file asks for the frontend ${frontend}; Kasane reads it as a Dockerfile all the same`,
        1,
      );
    }
    const { unusedArgs } = this.#platforms[0]!.plan;
    if (unusedArgs.length > 0) {
      this.#session.onWarning(`build arguments that no ARG asks for: ${unusedArgs.join(", ")}`);
    }
  }

  /** The target for each platform; when anything fails, everything else is stopped and waited for first. */
  async #runAll(): Promise<FinishedPlatform[]> {
    const { squash } = this.#options;
    try {
      return await Promise.all(
        this.#platforms.map(async (one) => {
          const stage = await one.result();
          return {
            stage: squash === undefined ? stage : await squashStage(this.#session, stage, squash),
            platform: one.target,
            isRequested: one.requested !== undefined,
          };
        }),
      );
    } catch (error) {
      this.#failure.abort(error);
      await Promise.allSettled([...this.#stages.values(), this.#bases.settled()]);
      // A file is not what it was taken for.
      if (isKasaneError(this.#firstError ?? error, "conflict")) this.#context.known?.forget();
      throw this.#firstError ?? error;
    }
  }

  #fail(error: unknown): void {
    if (!isKasaneError(error, "cancelled")) this.#firstError ??= error;
    this.#failure.abort(error);
  }

  /** Outputs of one shape share one image. */
  async #write(
    lease: LeaseId,
    finished: readonly FinishedPlatform[],
    outputs: readonly { output: BuildOutput; shape: ImageShape }[],
  ): Promise<Omit<BuildResult, "buildId">> {
    const session = this.#session;
    const about = { dockerfile: this.#dockerfile, bases: this.#bases, isIndex: this.#isIndex() };
    const composed = new Map<string, BuiltImage>();
    const compose = async (shape: ImageShape): Promise<BuiltImage> => {
      const key = JSON.stringify(shape);
      const known = composed.get(key) ?? (await composeBuilt(session, finished, shape, about));
      composed.set(key, known);
      return known;
    };
    for (const { stage } of finished) await session.need(stage.layers);
    const differences = session.reproducibility?.differences ?? [];
    for (const { output, shape } of differences.length > 0 ? [] : outputs) {
      const image = await compose(shape);
      session.checkCancelled();
      await output.write(image, { store: session.store, lease, signal: session.signal });
    }
    const { root, descriptor, platforms, attestations } = await compose(outputs[0]!.shape);
    const layers = platforms.flatMap(({ image: { manifest } }) => manifest.layers);
    const own = finished.flatMap(({ stage }) => stage.layers.map((layer) => layer.descriptor));
    const final = new Set([...layers, ...own].map(({ digest }) => digest));
    const { cacheTo = [] } = this.#options;
    if (cacheTo.length > 0) {
      const { exportCaches } = await import("./cache/export-cache.ts");
      await exportCaches(session, cacheTo, final);
    }
    const { image } = platforms[0]!;
    return {
      raw: root,
      descriptor,
      platforms,
      attestations,
      manifest: image.manifest,
      config: image.config,
      id: image.configDescriptor.digest,
      tags: this.#options.tags ?? [],
      differences,
      steps: session.steps,
    };
  }
}

function distinctPlatforms(platforms: readonly Platform[] = []): Platform[] {
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

/** The same for the same context on this machine: what steps are compared with. */
function contextName(context: BuildOptions["context"]): string {
  if (context.kind === "directory") return resolve(context.path);
  // Whoever asks why must not be told a password.
  return "address" in context ? context.address.replace(/\/\/[^/@]*@/, "//") : context.kind;
}
