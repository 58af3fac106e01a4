import { join } from "node:path";
import type { Stage } from "../dockerfile/mod.ts";
import type { ImageLayer } from "../image/mod.ts";
import {
  type ImageTree,
  type LayerIndex,
  type LayerPart,
  mergeBelow,
  mergeLayers,
  OutsidePart,
  partOfIndex,
  type TreePart,
} from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import type { LeaseId } from "../meta/mod.ts";
import type { Digest } from "../oci/mod.ts";
import type { LocalStore } from "../store/mod.ts";
import { Materials } from "./attest/materials.ts";
import type { BuildJournal } from "./cache/build-journal.ts";
import type { PortableMount } from "./cache/cache-artifact.ts";
import type { ImportedCaches } from "./cache/imported-caches.ts";
import type { LazyLayers } from "./cache/lazy-layers.ts";
import { chainOf } from "./chain.ts";
import { ContentSpool } from "./content-spool.ts";
import { defaultGitLimits } from "./git/git-limits.ts";
import { GitSources } from "./git/git-sources.ts";
import { ImageSource } from "./image-source.ts";
import type { LayerCache } from "./layer-cache.ts";
import type { BuildOptions } from "./options.ts";
import { PreparedStarts } from "./prepared-starts.ts";
import type { BuildListener, BuildStep } from "./progress.ts";
import type { SourceTree } from "./source-tree.ts";
import type { StageImage } from "./stage-image.ts";
import { Reproducibility } from "./verify/reproducibility.ts";

const keptTrees = 4;

/** What all steps of one build share. */
export class BuildSession {
  readonly store: LocalStore;
  readonly lease: LeaseId;
  readonly cache: LayerCache;
  readonly journal: BuildJournal;
  readonly imported: ImportedCaches;
  /** Layers of imported caches and of bases that are not here. */
  readonly lazy: LazyLayers;
  readonly options: BuildOptions;
  readonly signal: AbortSignal;
  /** A private directory of the store's file system, gone when the build ends. */
  readonly workDirectory: string;
  readonly git: GitSources;
  readonly starts: PreparedStarts;
  readonly #indexes = new Map<Digest, Promise<LayerIndex>>();
  readonly #parts = new Map<Digest, Promise<LayerPart>>();
  readonly #trees = new Map<string, Promise<ImageTree>>();
  readonly #waiting: (() => void)[] = [];
  readonly #mounts = new Set<string>();
  readonly #warned = new Set<string>();
  readonly #background = new Set<Promise<unknown>>();
  #free: number;
  #steps = 0;
  #isTerminalTaken = false;
  #spools = 0;
  #total = 0;
  #cached = 0;

  constructor(parts: {
    store: LocalStore;
    lease: LeaseId;
    cache: LayerCache;
    journal: BuildJournal;
    imported: ImportedCaches;
    lazy: LazyLayers;
    options: BuildOptions;
    signal: AbortSignal;
    workDirectory: string;
  }) {
    this.store = parts.store;
    this.lease = parts.lease;
    this.cache = parts.cache;
    this.journal = parts.journal;
    this.imported = parts.imported;
    this.lazy = parts.lazy;
    this.options = parts.options;
    this.signal = parts.signal;
    this.workDirectory = parts.workDirectory;
    if (parts.options.verifyReproducible) this.reproducibility = new Reproducibility(this);
    this.git = new GitSources({
      credentials: parts.options,
      signal: parts.signal,
      newDirectory: () => join(parts.workDirectory, `repository-${this.#spools++}`),
      limits: { ...defaultGitLimits, ...parts.options.gitLimits },
    });
    this.#free = Math.max(1, parts.options.jobs ?? navigator.hardwareConcurrency);
    this.starts = new PreparedStarts(parts.options.sandbox, this.#free);
  }

  readonly emit: BuildListener = (event) => {
    if (event.kind === "cached") this.#cached++;
    if (event.kind === "started" && event.step.instruction !== "FROM") this.#total++;
    this.journal.hear(event);
    this.options.progress?.(event);
  };

  onWarning(message: string, line?: number): void {
    this.emit({ kind: "warning", message, ...(line !== undefined && { line }) });
  }

  /** Says what holds for the whole build, however many steps find it out. */
  warnOnce(message: string): void {
    if (!this.#warned.has(message)) this.emit({ kind: "warning", message });
    this.#warned.add(message);
  }

  /** What the build took from outside. */
  readonly materials = new Materials();
  /** Where steps are to be verified. */
  readonly reproducibility?: Reproducibility;

  /** How a layer that the build makes is written. */
  get layerOptions() {
    const { compression = "gzip", compressionLevel: level, mediaTypes = "oci" } = this.options;
    return { lease: this.lease, compression, mediaTypes, ...(level !== undefined && { level }) };
  }

  /** `--no-cache-filter` names the stage. */
  isFiltered({ index, from }: Stage): boolean {
    const names = this.options.noCacheFilter ?? [];
    return names.some((name) => name.toLowerCase() === from.stageName || name === `${index}`);
  }

  get steps(): { total: number; cached: number } {
    return { total: this.#total, cached: this.#cached };
  }

  numberStep(step: Omit<BuildStep, "number">): BuildStep {
    return { number: ++this.#steps, ...step };
  }

  /** @throws KasaneError `cancelled` */
  checkCancelled(): void {
    if (this.signal.aborted) {
      throw new KasaneError("cancelled", "the build was cancelled", { cause: this.signal.reason });
    }
  }

  /** @throws KasaneError `cancelled` */
  async pause(durationMs: number): Promise<void> {
    await Bun.sleep(durationMs);
    this.checkCancelled();
  }

  /** At most `jobs` pieces of work run at once; whoever waits for another step must not hold a place. */
  async work<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      this.checkCancelled();
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  /** A place is free for what nobody waits for yet. */
  get isIdle(): boolean {
    return this.#free > 0;
  }

  /** Work whose result is used elsewhere or nowhere: the session only waits for its end. */
  inBackground(work: Promise<unknown>): void {
    const settled = work.catch(() => {}).finally(() => this.#background.delete(settled));
    this.#background.add(settled);
  }

  /** Nothing of this session works any more. */
  async end(): Promise<void> {
    await Promise.all([...this.#background, this.starts.dispose()]);
  }

  index(layer: ImageLayer): Promise<LayerIndex> {
    let index = this.#indexes.get(layer.diffId);
    if (!index) {
      index = this.need([layer]).then(() => this.store.layerIndex(layer.descriptor, layer.diffId));
      this.#indexes.set(layer.diffId, index);
    }
    return index;
  }

  /** Gets what is somewhere else: before the bytes of layers are read. */
  need(layers: readonly ImageLayer[]): Promise<void> {
    return this.lazy.need(layers.map(({ descriptor }) => descriptor.digest));
  }

  /** A step has the directory of this cache mount. */
  noteMount(name: string): void {
    this.#mounts.add(name);
  }

  /** True for the first who asks. */
  takeTerminal(): boolean {
    const isFree = !this.#isTerminalTaken;
    this.#isTerminalTaken = true;
    return isFree;
  }

  get hasMounts(): boolean {
    return this.#mounts.size > 0;
  }

  /** Those that steps had. */
  async portableMounts(): Promise<PortableMount[]> {
    if (this.#mounts.size === 0) return [];
    const { portableMounts } = await import("./cache/portable-mounts.ts");
    return portableMounts(this, this.#mounts);
  }

  /** Spares reading the index of a layer that was just written. */
  knowIndex(index: LayerIndex): void {
    this.#indexes.set(index.diffId, Promise.resolve(index));
  }

  tree(layers: readonly ImageLayer[]): Promise<ImageTree> {
    const chain = chainOf(layers);
    const known = this.#trees.get(chain);
    if (known) return known;
    const tree = this.#merge(layers);
    // A tree of a large image takes tens of megabytes; older ones are seldom asked for again.
    if (this.#trees.size >= keptTrees) this.#trees.delete(this.#trees.keys().next().value!);
    this.#trees.set(chain, tree);
    return tree;
  }

  /**
   * Works with the tree of these layers as far as `path` leads into it, or with all of it where `use` looks elsewhere: then it begins once
   * more. Of a base image of thousands of files a COPY sees nothing but the directory that it copies to.
   */
  async onTree<T>(
    layers: readonly ImageLayer[],
    path: string,
    use: (tree: TreePart) => Promise<T>,
  ): Promise<T> {
    const isMerged = this.#trees.has(chainOf(layers)) || this.#trees.has(chainOf(layers.slice(0, -1)));
    if (path === "" || isMerged) return use(await this.tree(layers));
    try {
      const parts = await Promise.all(layers.map((layer) => this.#part(layer)));
      return await use(mergeBelow(parts, path));
    } catch (error) {
      if (!(error instanceof OutsidePart)) throw error;
      return use(await this.tree(layers));
    }
  }

  #part(layer: ImageLayer): Promise<LayerPart> {
    const known = this.#parts.get(layer.diffId) ?? this.#indexes.get(layer.diffId)?.then(partOfIndex);
    const part = known ?? this.need([layer]).then(() => this.store.layerPart(layer.descriptor, layer.diffId));
    this.#parts.set(layer.diffId, part);
    return part;
  }

  async #merge(layers: readonly ImageLayer[]): Promise<ImageTree> {
    const below = layers.slice(0, -1);
    // Merging all of a Debian image again takes 20 ms.
    if (this.#trees.has(chainOf(below))) {
      const [tree, index] = await Promise.all([this.tree(below), this.index(layers.at(-1)!)]);
      // Also of an empty one: nodes know their layers by number.
      return tree.with(index);
    }
    return mergeLayers(await Promise.all(layers.map((layer) => this.index(layer))));
  }

  /** The image's files, read out of its layers. */
  async files(image: StageImage): Promise<SourceTree> {
    const { name, layers } = image;
    const { blobs } = this.store;
    return new ImageSource({ name, layers, tree: await this.tree(layers), blobs, spool: this.newSpool() });
  }

  newSpool(): ContentSpool {
    return new ContentSpool(this.workDirectory, `content-${this.#spools++}`);
  }
}
