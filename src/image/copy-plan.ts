import { isKasaneError, KasaneError, mapConcurrent } from "../lib/mod.ts";
import {
  type Descriptor,
  encodeManifest,
  type ImageIndex,
  isIndexType,
  isManifestType,
  layerType,
  type Platform,
  platformOf,
  type RawManifest,
} from "../oci/mod.ts";
import { indexLimitDepth, type ReadManifest, readChild, readRoot } from "./manifest-tree.ts";
import { readConfig, resolvePlatform } from "./resolve-platform.ts";
import type { ImageSource } from "./source.ts";

/** Most manifests of one copy, and bytes of them together: they are in memory until the end. */
const manifestLimit = 16_384;
const manifestsLimitBytes = 256 * 1024 * 1024;

/** What a copy has to move, each thing once. */
export interface CopyPlan {
  /** The root as the source has it. */
  readonly sourceRoot: RawManifest;
  readonly root: RawManifest;
  /** Children of the root, each after those it refers to. */
  readonly children: readonly RawManifest[];
  /** Configs and whatever else is not a layer. */
  readonly configs: readonly Descriptor[];
  readonly layers: readonly Descriptor[];
  /** Layers that are not given away with the image: whoever needs them gets them from their `urls`. */
  readonly foreign: readonly Descriptor[];
}

export interface CopySelection {
  /**
   * `all`: the root as it is. One platform (absent: the host's): that platform's manifest becomes the root, as in
   * `docker pull`. Several: a new index of them becomes the root.
   */
  readonly platforms?: "all" | readonly Platform[] | undefined;
  /** `skip` leaves out children the source does not have; the index keeps its bytes. */
  readonly missingChildren?: "fail" | "skip" | undefined;
  readonly jobs: number;
}

export async function planCopy(source: ImageSource, selection: CopySelection): Promise<CopyPlan> {
  const sourceRoot = await readRoot(source);
  const root = await selectRoot(source, sourceRoot, selection.platforms);
  const plan = new Collector(source, selection);
  await plan.add(root, 0);
  return { ...plan.result(root.raw), sourceRoot: sourceRoot.raw };
}

async function selectRoot(
  source: ImageSource,
  root: ReadManifest,
  platforms: CopySelection["platforms"],
): Promise<ReadManifest> {
  if (platforms === "all") return root;
  if (!platforms || platforms.length <= 1) return resolvePlatform(source, root, platforms?.[0]);
  const chosen = new Map<string, Descriptor>();
  for (const platform of platforms) {
    const { raw, manifest, descriptor } = await resolvePlatform(source, root, platform);
    chosen.set(raw.digest, {
      ...(descriptor ?? { mediaType: raw.mediaType, digest: raw.digest, size: raw.bytes.length }),
      platform: descriptor?.platform ?? platformOf((await readConfig(source, manifest)).config),
    });
  }
  // All of them are one and the same manifest, or all that the index has.
  if (root.manifest.kind === "manifest") return root;
  if (root.manifest.manifests.length === chosen.size) return root;
  const { subject: _, ...rest } = root.manifest;
  const index: ImageIndex = { ...rest, manifests: [...chosen.values()] };
  return { raw: encodeManifest(index), manifest: index };
}

class Collector {
  readonly #source: ImageSource;
  readonly #selection: CopySelection;
  readonly #manifests = new Map<string, RawManifest>();
  readonly #configs = new Map<string, Descriptor>();
  readonly #layers = new Map<string, Descriptor>();
  readonly #foreign = new Map<string, Descriptor>();
  #readCount = 0;
  #readBytes = 0;

  constructor(source: ImageSource, selection: CopySelection) {
    this.#source = source;
    this.#selection = selection;
  }

  async add({ raw, manifest }: ReadManifest, depth: number): Promise<void> {
    if (manifest.kind === "manifest") {
      this.#configs.set(manifest.config.digest, manifest.config);
      for (const layer of manifest.layers) {
        const isForeign = layerType(layer.mediaType)?.foreign && layer.urls && layer.urls.length > 0;
        (isForeign ? this.#foreign : this.#layers).set(layer.digest, layer);
      }
    } else {
      if (depth >= indexLimitDepth) {
        throw new KasaneError(
          "limit-exceeded",
          `indexes are nested deeper than the limit of ${indexLimitDepth}`,
        );
      }
      const children = manifest.manifests.filter((child) => !this.#manifests.has(child.digest));
      const read = await mapConcurrent(children, this.#selection.jobs, (child) => this.#read(child));
      for (const child of read) if (child) await this.add(child, depth + 1);
    }
    this.#manifests.set(raw.digest, raw);
  }

  async #read(child: Descriptor): Promise<ReadManifest | undefined> {
    if (!isManifestType(child.mediaType) && !isIndexType(child.mediaType)) {
      // The specification allows anything in an index; what is no manifest is a blob.
      this.#configs.set(child.digest, child);
      return undefined;
    }
    this.#readBytes += child.size;
    if (++this.#readCount > manifestLimit || this.#readBytes > manifestsLimitBytes) {
      throw new KasaneError(
        "limit-exceeded",
        `the index has more than ${manifestLimit} manifests or ${manifestsLimitBytes} bytes of them`,
      );
    }
    try {
      return await readChild(this.#source, child);
    } catch (error) {
      if (this.#selection.missingChildren === "skip" && isKasaneError(error, "not-found")) return undefined;
      throw error;
    }
  }

  result(root: RawManifest): Omit<CopyPlan, "sourceRoot"> {
    return {
      root,
      children: [...this.#manifests.values()].filter((each) => each.digest !== root.digest),
      configs: [...this.#configs.values()].filter((each) => !this.#layers.has(each.digest)),
      layers: [...this.#layers.values()],
      foreign: [...this.#foreign.values()],
    };
  }
}
