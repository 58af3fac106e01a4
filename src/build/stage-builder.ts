import {
  type ArgInstruction,
  ArgumentError,
  type DockerfileSource,
  defaultPath,
  expandInstruction,
  expandWord,
  type StageInstruction,
  StageVariables,
  splitEnv,
} from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import { isKasaneError, KasaneError, messageOf } from "../lib/mod.ts";
import type { HistoryEntry, RuntimeConfig } from "../oci/mod.ts";
import type { StepKey } from "./cache/step-key.ts";
import { chainOf } from "./chain.ts";
import { FileTimes } from "./file-times.ts";
import { argHistory, historyComment } from "./history.ts";
import type { LayerCache } from "./layer-cache.ts";
import { type LayerCause, withCause } from "./layer-cause.ts";
import { locatedError } from "./locate-error.ts";
import { applyMetadata, workingDirectory } from "./metadata.ts";
import type { BuildStep } from "./progress.ts";
import type { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";

/** An instruction of a stage, with where it came from. */
export interface StageLine {
  readonly instruction: StageInstruction;
  readonly source: DockerfileSource;
  readonly isOnBuild: boolean;
}

/** What a step that makes a layer returns. */
export interface StepResult {
  readonly layer?: ImageLayer;
  readonly isCached: boolean;
  /** True for a hit although something below, or copied from, was made anew: its files are the same. */
  readonly isSameAsBefore?: boolean;
  /** `created_by` of the history entry. */
  readonly createdBy: string;
}

/** A stage while its instructions are carried out one after the other. */
export class StageBuilder {
  readonly session: BuildSession;
  readonly base: StageImage;
  readonly escape: "\\" | "`";
  readonly variables: StageVariables;
  config: RuntimeConfig;
  layers: readonly ImageLayer[];
  readonly #history: HistoryEntry[];
  readonly #globalArgs: ReadonlyMap<string, string>;
  readonly #name: string;
  readonly #isCached: boolean;
  readonly #onLayer: ((layer: ImageLayer) => void) | undefined;
  #author: string | undefined;
  /** The instruction that is being carried out. */
  #written = "";
  #hasCommand = false;

  constructor(options: {
    session: BuildSession;
    base: StageImage;
    name: string;
    escape: "\\" | "`";
    globalArgs: ReadonlyMap<string, string>;
    /** False where every step is to run again. */
    isCached: boolean;
    /** Hears of each new layer. */
    onLayer?: ((layer: ImageLayer) => void) | undefined;
  }) {
    const { session, base } = options;
    this.session = session;
    this.base = base;
    this.escape = options.escape;
    this.#name = options.name;
    this.#globalArgs = options.globalArgs;
    this.#isCached = options.isCached;
    this.#onLayer = options.onLayer;
    // Triggers of the base were put in front of this stage's instructions; they are not handed on.
    const { OnBuild: _, ...config } = base.config;
    const env = config.Env ?? [];
    const hasPath = env.some((entry) => splitEnv(entry)[0] === "PATH");
    this.config = hasPath ? config : { ...config, Env: [...env, `PATH=${defaultPath}`] };
    this.variables = new StageVariables(this.config.Env ?? [], base.variables);
    this.layers = base.layers;
    this.#history = [...base.history];
    this.#author = base.author;
  }

  get chain(): string {
    return chainOf(this.layers);
  }

  /** Where results are looked for; they are put into the session's. */
  get cache(): Pick<LayerCache, "get"> {
    return this.#isCached ? this.session.cache : { get: async () => undefined };
  }

  /** The step's result is not there: notes why, and tells of it. */
  async missed(step: BuildStep, key: StepKey): Promise<void> {
    const { journal, cache } = this.session;
    const isLookedFor = this.#isCached && cache.isReadable;
    const miss = await journal.missed(step, this.#written, { key, id: cache.id(key), isLookedFor });
    this.session.emit({ kind: "missed", step, ...miss });
  }

  get workingDirectory(): string {
    return this.config.WorkingDir || "/";
  }

  /** RFC 3339, without a fraction: all times of a build are whole seconds. */
  get #created(): string {
    return new Date(this.base.timeSeconds * 1000).toISOString().replace(".000Z", "Z");
  }

  get times(): FileTimes {
    return new FileTimes(this.base.timeSeconds, this.session.options.rewriteTimestamp ?? false);
  }

  /** The instruction with its variables replaced. @throws KasaneError located in the Dockerfile */
  expand<T extends StageInstruction>(line: StageLine & { instruction: T }): T {
    return this.located(line, () =>
      expandInstruction(line.instruction, this.variables.lookup, { escape: this.escape }),
    );
  }

  located<T>(line: StageLine, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.errorAt(line, error);
    }
  }

  errorAt(line: StageLine, error: unknown): unknown {
    const { source, instruction } = line;
    if (error instanceof ArgumentError) {
      return source.error(instruction.range, error.message, { hint: error.hint, mark: error.mark });
    }
    return locatedError(source, instruction.range, error);
  }

  /** Everything but RUN, COPY, ADD and WORKDIR. */
  applyWithoutLayer(line: StageLine): void {
    const { instruction } = line;
    switch (instruction.kind) {
      case "arg":
        this.#declareArgs(line as StageLine & { instruction: ArgInstruction });
        return;
      case "onbuild":
        this.config = { ...this.config, OnBuild: [...(this.config.OnBuild ?? []), instruction.expression] };
        return;
      case "maintainer":
        this.#author = instruction.author;
        this.#addHistory(`MAINTAINER ${instruction.author}`);
        return;
      case "run":
      case "copy":
      case "add":
      case "workdir":
        throw new KasaneError("internal", `${instruction.kind} may make a layer`);
    }
    const expanded = this.expand({ ...line, instruction });
    const { config, createdBy } = this.located(line, () =>
      applyMetadata(this.config, expanded, { hasCommand: this.#hasCommand }),
    );
    this.config = config;
    this.#hasCommand ||= expanded.kind === "cmd";
    if (expanded.kind === "env") {
      for (const { name, value } of expanded.pairs) this.variables.setEnv(name, value);
    }
    this.#addHistory(createdBy);
  }

  /** Runs a step that may make a layer, and tells of it. */
  async applyStep(
    line: StageLine,
    place: { index: number; total: number },
    text: string,
    work: (step: BuildStep) => Promise<StepResult>,
  ): Promise<void> {
    const { session } = this;
    const step = session.numberStep({
      stage: this.#name,
      ...place,
      instruction: line.instruction.kind.toUpperCase(),
      text,
      isOnBuild: line.isOnBuild,
      line: line.instruction.range.startLine,
    });
    const startedAt = performance.now();
    this.#written = line.instruction.original;
    session.emit({ kind: "started", step });
    try {
      session.checkCancelled();
      const { layer, isCached, isSameAsBefore = false, createdBy } = await work(step);
      if (layer) {
        this.layers = [...this.layers, withCause(layer, this.#causeOf(line, text))];
        this.#onLayer?.(layer);
      }
      this.#addHistory(createdBy, layer !== undefined);
      if (isCached) {
        session.emit({ kind: "cached", step, isSameAsBefore, ...(layer ? { layer: layer.diffId } : {}) });
      } else {
        session.emit({
          kind: "finished",
          step,
          durationMs: performance.now() - startedAt,
          ...(layer ? { layer: layer.diffId, sizeBytes: layer.descriptor.size } : {}),
        });
      }
    } catch (cause) {
      const located = this.errorAt(line, cause);
      const error = isKasaneError(located)
        ? located
        : new KasaneError("internal", `${text}: ${messageOf(located)}`, { cause: located });
      session.emit({ kind: "failed", step, error });
      throw error;
    }
  }

  #causeOf({ source, instruction, isOnBuild }: StageLine, text: string): LayerCause {
    const { range } = instruction;
    return { instruction: text, range, stage: this.#name, ...(!isOnBuild && { file: source.name }) };
  }

  setWorkingDirectory(path: string): string {
    const directory = workingDirectory(this.config, path);
    this.config = { ...this.config, WorkingDir: directory };
    return directory;
  }

  /** The stage so far, for those who read from it. */
  image(): StageImage {
    return {
      name: this.#name === "" ? "the image" : `stage ${this.#name}`,
      ...(this.base.base ? { base: this.base.base } : {}),
      platform: this.base.platform,
      layers: this.layers,
      history: this.#history,
      config: this.config,
      ...(this.#author === undefined ? {} : { author: this.#author }),
      timeSeconds: this.base.timeSeconds,
      variables: this.variables,
    };
  }

  #addHistory(createdBy: string, hasLayer = false): void {
    this.#history.push({
      created: this.#created,
      created_by: createdBy,
      comment: historyComment,
      ...(hasLayer ? {} : { empty_layer: true }),
    });
  }

  /** A value given from outside wins over the default, the default over a global ARG of the same name. */
  #declareArgs(line: StageLine & { instruction: ArgInstruction }): void {
    const buildArgs = this.session.options.buildArgs ?? {};
    const shown = line.instruction.definitions.map((definition) =>
      this.located(line, () => {
        const expand = (text: string): string =>
          expandWord(text, this.variables.lookup, { escape: this.escape });
        const name = expand(definition.name);
        const value =
          buildArgs[name] ??
          (definition.value === undefined ? this.#globalArgs.get(name) : expand(definition.value));
        this.variables.declareArg(name, value);
        return { name, value };
      }),
    );
    this.#addHistory(argHistory(shown));
  }
}
