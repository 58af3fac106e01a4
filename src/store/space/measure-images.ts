import { lazily } from "../../lib/mod.ts";
import type { KeeperKind, Survey, SurveyedManifest } from "../../meta/mod.ts";
import { type Digest, imageChildren, type Platform } from "../../oci/mod.ts";
import type { StoreParts } from "../store-parts.ts";
import { FileSizes } from "./file-sizes.ts";
import { several, soleOwners } from "./sole-owners.ts";
import type {
  ImagePlatform,
  ImageSpace,
  LayerSpace,
  PlatformSpace,
  Space,
  SpaceReport,
} from "./space-report.ts";

/** A blob, or what was made from one: `diff sha256:…` stands for the index and the unpacked directories of a layer. */
type Node = Digest | `diff ${Digest}`;

/**
 * What every local image takes: a few queries over what they lead to, and one status call for each file. Figures are counted when they are
 * asked for.
 */
export async function measureImages(parts: Pick<StoreParts, "root" | "meta">): Promise<SpaceReport> {
  return new Measurement(await parts.meta.space.survey(), new FileSizes(parts.root));
}

function nodesBelow(survey: Survey): Map<Node, Node[]> {
  const below = new Map<Node, Node[]>();
  for (const { from, to } of survey.edges) {
    const nodes = below.get(from);
    if (nodes) nodes.push(to);
    else below.set(from, [to]);
  }
  for (const [blob, { diffId }] of survey.layers) below.set(blob, [`diff ${diffId}`]);
  return below;
}

class Measurement implements SpaceReport {
  readonly #survey: Survey;
  readonly #files: FileSizes;
  readonly #sizes = new Map<Node, number>();
  readonly #below: () => ReadonlyMap<Node, readonly Node[]>;
  readonly #kept: () => readonly (readonly [typeof several, Node])[];
  #images: ReadonlyMap<Digest, ImageSpace> | undefined;

  constructor(survey: Survey, files: FileSizes) {
    this.#survey = survey;
    this.#files = files;
    this.#below = lazily(() => nodesBelow(survey));
    this.#kept = lazily(() => {
      const kept: Node[] = [...survey.keepers.keys()];
      for (const diffId of survey.keptDiffIds) kept.push(`diff ${diffId}`);
      return kept.map((node) => [several, node] as const);
    });
  }

  get images(): ReadonlyMap<Digest, ImageSpace> {
    this.#images ??= this.#measureImages();
    return this.#images;
  }

  get total(): Space {
    const { images } = this.#survey;
    const owners = this.#owners(images.map((target) => ["images", target] as const));
    return this.#space(images, this.#reach(images), (node) => owners.get(node) === "images");
  }

  get imageBlobs(): ReadonlySet<Digest> {
    return this.#reach(this.#survey.images) as ReadonlySet<Digest>;
  }

  #measureImages(): Map<Digest, ImageSpace> {
    const targets = this.#survey.images;
    const imageOf = this.#owners(targets.map((target) => [target, target] as const));
    const manifests = new Map(targets.map((target) => [target, this.platformsOf(target)]));
    const leaves = new Set([...manifests.values()].flatMap((list) => list.map(({ manifest }) => manifest)));
    const platformOf = this.#owners([...leaves].map((manifest) => [manifest, manifest] as const));
    const measure = (target: Digest): ImageSpace => {
      const nodes = this.#reach([target]);
      const space = this.#space([target], nodes, (node) => imageOf.get(node) === target);
      const platforms = manifests.get(target)!.map((leaf): PlatformSpace => {
        if (leaf.manifest === target) return { ...leaf, ...space };
        const isAlone = (node: Node) =>
          platformOf.get(node) === leaf.manifest && imageOf.get(node) === target;
        return { ...leaf, ...this.#space([leaf.manifest], this.#reach([leaf.manifest]), isAlone) };
      });
      return { target, platforms, keptBy: this.#keptBy(nodes), ...space };
    };
    return new Map(targets.map((target) => [target, measure(target)]));
  }

  #keptBy(nodes: Iterable<Node>): KeeperKind[] {
    const kinds = new Set<KeeperKind>();
    for (const node of nodes) {
      for (const kind of this.#survey.keepers.get(node as Digest) ?? []) kinds.add(kind);
    }
    return [...kinds];
  }

  get cache(): SpaceReport["cache"] {
    const { cached, keepers, images } = this.#survey;
    if (cached.length === 0) return { storedBytes: 0, freedBytes: 0 };
    const others = [...keepers].filter(([, kinds]) => kinds.size > 1 || !kinds.has("cache"));
    const owners = soleOwners<"cache", Node>(
      [
        ...cached.map((node) => ["cache", node] as const),
        ...[...images, ...others.map(([node]) => node)].map((node) => [several, node] as const),
        ...[...this.#survey.keptDiffIds].map((diffId) => [several, `diff ${diffId}`] as const),
      ],
      (node) => this.#below().get(node) ?? [],
    );
    let [storedBytes, freedBytes] = [0, 0];
    for (const node of this.#reach(cached)) {
      const sizeBytes = this.#size(node);
      storedBytes += sizeBytes;
      if (owners.get(node) === "cache") freedBytes += sizeBytes;
    }
    return { storedBytes, freedBytes };
  }

  #owners<Owner>(roots: Iterable<readonly [Owner, Node]>): Map<Node, Owner | typeof several> {
    return soleOwners<Owner, Node>([...roots, ...this.#kept()], (node) => this.#below().get(node) ?? []);
  }

  #space(from: readonly Digest[], nodes: Iterable<Node>, isAlone: (node: Node) => boolean): Space {
    const { survey, own } = { survey: this.#survey, own: this.#own(from) };
    let transferredBytes = 0;
    for (const sizeBytes of own.values()) transferredBytes += sizeBytes;
    let [storedBytes, freedBytes, unpackedBytes] = [0, 0, 0];
    const diffIds = new Set<Digest>();
    for (const node of nodes) {
      const sizeBytes = this.#size(node);
      storedBytes += sizeBytes;
      if (isAlone(node)) freedBytes += sizeBytes;
      const layer = survey.layers.get(node as Digest);
      if (layer === undefined || diffIds.has(layer.diffId)) continue;
      diffIds.add(layer.diffId);
      unpackedBytes += layer.contentSizeBytes;
    }
    return {
      transferredBytes,
      storedBytes,
      unpackedBytes,
      sharedBytes: storedBytes - freedBytes,
      freedBytes,
    };
  }

  /** What the image itself is made of, with the sizes that its manifests say. What refers to it came in another way. */
  #own(from: readonly Digest[]): Map<Digest, number> {
    const own = new Map<Digest, number>();
    const pending = [...from];
    for (let digest = pending.pop(); digest !== undefined; digest = pending.pop()) {
      const manifest = this.#survey.manifests.get(digest);
      if (manifest === undefined || own.has(digest)) continue;
      own.set(digest, manifest.sizeBytes);
      for (const blob of [...(manifest.config ? [manifest.config] : []), ...manifest.layers]) {
        if (this.#size(blob.digest) > 0) own.set(blob.digest, blob.size);
      }
      for (const child of manifest.children) pending.push(child.digest);
    }
    return own;
  }

  platformsOf(target: Digest): ImagePlatform[] {
    const found: ImagePlatform[] = [];
    const seen = new Set<Digest>();
    const visit = (digest: Digest, platform?: Platform) => {
      const manifest = this.#survey.manifests.get(digest);
      if (manifest === undefined || seen.has(digest)) return;
      seen.add(digest);
      if (manifest.config) {
        const layers = this.#layers(manifest.layers);
        found.push({ manifest: digest, id: manifest.config.digest, layers, ...(platform && { platform }) });
      }
      for (const child of imageChildren({ manifests: manifest.children }))
        visit(child.digest, child.platform);
    };
    visit(target);
    return found;
  }

  #layers(descriptors: SurveyedManifest["layers"]): LayerSpace[] {
    return descriptors.flatMap(({ digest }) => {
      const layer = this.#survey.layers.get(digest);
      return layer ? [{ blob: digest, ...layer }] : [];
    });
  }

  #reach(from: readonly Digest[]): Set<Node> {
    // A Set that is walked sees what is added on the way.
    const reached = new Set<Node>(from);
    for (const node of reached) for (const child of this.#below().get(node) ?? []) reached.add(child);
    return reached;
  }

  #size(node: Node): number {
    let sizeBytes = this.#sizes.get(node);
    if (sizeBytes === undefined) {
      sizeBytes = this.#measure(node);
      this.#sizes.set(node, sizeBytes);
    }
    return sizeBytes;
  }

  #measure(node: Node): number {
    if (!node.startsWith("diff ")) return this.#files.blob(node as Digest);
    const diffId = node.slice("diff ".length) as Digest;
    return this.#files.index(diffId) + this.#files.unpacked(diffId);
  }
}
