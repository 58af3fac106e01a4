import { basename, resolve } from "node:path";
import type { CheckSelection, CheckWarning, Dockerfile } from "../dockerfile/mod.ts";
import { isKasaneError, messageOf } from "../lib/mod.ts";
import { hostPlatform } from "../oci/mod.ts";
import { BaseImages, buildTime } from "./base-images.ts";
import { toldTask } from "./build-task.ts";
import { foreignFrontend } from "./builder-args.ts";
import type { FinishedPlatform } from "./built-image.ts";
import { knownContexts } from "./cache-directories.ts";
import { checkedBases, refuseWarnings, runChecks, selectionOf } from "./check.ts";
import { NamedContexts } from "./context/named-contexts.ts";
import { type OpenedContext, openContext } from "./context/open-context.ts";
import type { BuildOptions, BuildResult } from "./options.ts";
import { BuildOutputs } from "./output/build-outputs.ts";
import { parseBuildFile } from "./parse-build-file.ts";
import { planBuild } from "./plan.ts";
import { PlatformBuild, type SharedBuild } from "./platform-build.ts";
import { distinctPlatforms } from "./platforms.ts";
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
    const built = await recorded(session, new Build(session, failure).run());
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
  #outputs!: BuildOutputs;
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

  async run(): Promise<Omit<BuildResult, "buildId">> {
    const session = this.#session;
    this.#outputs = new BuildOutputs(session);
    session.checkCancelled();
    this.#context = await toldTask(session.emit, definitionTask(this.#options.dockerfile), () =>
      openContext({
        context: this.#options.context,
        dockerfile: this.#options.dockerfile,
        ignoreFile: this.#options.ignoreFile,
        newSpool: () => session.newSpool(),
        knownDigests: knownContexts(session.store),
        buildArgs: this.#options.buildArgs,
        git: session.git,
        secrets: this.#options.secrets,
        signal: session.signal,
      }),
    );
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
    const about = { dockerfile: this.#dockerfile, bases: this.#bases };
    if (this.#options.saveStages === undefined) return this.#outputs.write(finished, about);
    const { saveStages } = await import("./save-stages.ts");
    return this.#outputs.write(await saveStages(session, this.#platforms, finished, about), about);
  }

  #planAll(): PlatformBuild[] {
    const requested = distinctPlatforms(this.#options.platforms);
    const plans = (requested.length > 0 ? requested : [undefined]).map((platform) => ({
      platform,
      plan: planBuild(this.#dockerfile, {
        buildArgs: this.#options.buildArgs ?? {},
        contexts: this.#options.contexts,
        target: this.#options.target,
        allStages: this.#options.allStages,
        from: this.#options.from,
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
      onLayer: (layer) => this.#outputs.foresee(layer),
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
    const { squash, allStages, saveStages } = this.#options;
    try {
      return await Promise.all(
        this.#platforms.map(async (one) => {
          // Begun together.
          const others = allStages || saveStages ? one.intermediate() : undefined;
          const [stage] = await Promise.all([one.result(), others]);
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
}

function definitionTask(selection: BuildOptions["dockerfile"]): string {
  const name = selection?.kind === "path" ? basename(selection.path) : selection?.name;
  return `[internal] load build definition from ${name ?? "Dockerfile"}`;
}

/** The same for the same context on this machine: what steps are compared with. */
function contextName(context: BuildOptions["context"]): string {
  if (context.kind === "directory") return resolve(context.path);
  // Whoever asks why must not be told a password.
  return "address" in context ? context.address.replace(/\/\/[^/@]*@/, "//") : context.kind;
}
