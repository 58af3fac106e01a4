import {
  defaultPath,
  expandInstruction,
  type StageInstruction,
  StageVariables,
  splitEnv,
} from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import type { HistoryEntry, RuntimeConfig } from "../oci/mod.ts";
import type { StepKey } from "./cache/step-key.ts";
import { chainOf } from "./chain.ts";
import { FileTimes } from "./file-times.ts";
import { historyComment } from "./history.ts";
import type { LayerCache } from "./layer-cache.ts";
import { type LayerCause, withCause } from "./layer-cause.ts";
import { workingDirectory } from "./metadata.ts";
import type { BuildStep } from "./progress.ts";
import type { BuildSession } from "./session.ts";
import type { StageImage } from "./stage-image.ts";
import { atLine, type StageLine } from "./stage-line.ts";

/** What a stage has become so far, while applyStep() and applyWithoutLayer() carry out its instructions one after the other. */
export class StageBuilder {
  readonly session: BuildSession;
  readonly base: StageImage;
  readonly name: string;
  readonly escape: "\\" | "`";
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly variables: StageVariables;
  config: RuntimeConfig;
  layers: readonly ImageLayer[];
  author: string | undefined;
  /** True once the stage itself has had a CMD. */
  hasCommand = false;
  /** The instruction that is being carried out. */
  written = "";
  readonly #history: HistoryEntry[];
  readonly #isCached: boolean;
  readonly #onLayer: ((layer: ImageLayer) => void) | undefined;

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
    this.name = options.name;
    this.escape = options.escape;
    this.globalArgs = options.globalArgs;
    this.#isCached = options.isCached;
    this.#onLayer = options.onLayer;
    // Triggers of the base were put in front of this stage's instructions; they are not handed on.
    const { OnBuild: _, ...config } = base.config;
    const env = config.Env ?? [];
    const hasPath = env.some((entry) => splitEnv(entry)[0] === "PATH");
    this.config = hasPath ? config : { ...config, Env: [...env, `PATH=${defaultPath}`] };
    this.variables = new StageVariables(this.config.Env ?? [], base.variables);
    this.layers = base.layers;
    this.author = base.author;
    this.#history = [...base.history];
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
    const miss = await journal.missed(step, this.written, { key, id: cache.id(key), isLookedFor });
    this.session.emit({ kind: "missed", step, ...miss });
  }

  get times(): FileTimes {
    return new FileTimes(this.base.timeSeconds, this.session.options.rewriteTimestamp ?? false);
  }

  /** The instruction with its variables replaced. @throws KasaneError located in the Dockerfile */
  expand<T extends StageInstruction>(line: StageLine & { instruction: T }): T {
    return atLine(line, () =>
      expandInstruction(line.instruction, this.variables.lookup, { escape: this.escape }),
    );
  }

  get workingDirectory(): string {
    return this.config.WorkingDir || "/";
  }

  setWorkingDirectory(path: string): string {
    const directory = workingDirectory(this.config, path);
    this.config = { ...this.config, WorkingDir: directory };
    return directory;
  }

  addLayer(layer: ImageLayer, cause: Omit<LayerCause, "stage">): void {
    this.layers = [...this.layers, withCause(layer, { ...cause, stage: this.name })];
    this.#onLayer?.(layer);
  }

  addHistory(createdBy: string, options: { hasLayer?: boolean } = {}): void {
    this.#history.push({
      created: this.#created,
      created_by: createdBy,
      comment: historyComment,
      ...(options.hasLayer ? {} : { empty_layer: true }),
    });
  }

  /** RFC 3339, without a fraction: all times of a build are whole seconds. */
  get #created(): string {
    return new Date(this.base.timeSeconds * 1000).toISOString().replace(".000Z", "Z");
  }

  /** The stage so far, for those who read from it. */
  image(): StageImage {
    return {
      name: this.name === "" ? "the image" : `stage ${this.name}`,
      ...(this.base.base ? { base: this.base.base } : {}),
      platform: this.base.platform,
      layers: this.layers,
      history: this.#history,
      config: this.config,
      ...(this.author === undefined ? {} : { author: this.author }),
      timeSeconds: this.base.timeSeconds,
      variables: this.variables,
    };
  }
}
