import { imageChildren } from "../../image/mod.ts";
import type { KeeperKind, Survey } from "../../meta/mod.ts";
import type { Digest, Platform } from "../../oci/mod.ts";
import type { StoreParts } from "../store-parts.ts";
import { FileSizes } from "./file-sizes.ts";
import { several, soleOwners } from "./sole-owners.ts";
import type { ImageSpace, LayerSpace, PlatformSpace, Space, SpaceReport } from "./space-report.ts";

/** A blob, or what was made from one: `diff sha256:…` stands for the index and the unpacked directories of a layer. */
type Node = Digest | `diff ${Digest}`;

/** What every local image takes: a few queries over what they lead to, and one status call for each file. */
export async function measureImages(parts: Pick<StoreParts, "root" | "meta">): Promise<SpaceReport> {
  return new Measurement(await parts.meta.space.survey(), new FileSizes(parts.root)).report();
}

class Measurement {
  readonly #survey: Survey;
  readonly #files: FileSizes;
  readonly #below: ReadonlyMap<Node, readonly Node[]>;
  readonly #kept: readonly (readonly [typeof several, Node])[];
  readonly #sizes = new Map<Node, number>();

  constructor(survey: Survey, files: FileSizes) {
    this.#survey = survey;
    this.#files = files;
    const below = new Map<Node, Node[]>();
    for (const { from, to } of survey.edges) {
      const nodes = below.get(from);
      if (nodes) nodes.push(to);
      else below.set(from, [to]);
    }
    for (const [blob, { diffId }] of survey.layers) below.set(blob, [`diff ${diffId}`]);
    this.#below = below;
    const kept: Node[] = [...survey.keepers.keys()];
    for (const diffId of survey.keptDiffIds) kept.push(`diff ${diffId}`);
    this.#kept = kept.map((node) => [several, node] as const);
  }

  report(): SpaceReport {
    const { images } = this.#survey;
    const imageOf = this.#owners(images.map((target) => [target, target] as const));
    const manifests = new Map(images.map((target) => [target, this.#imageManifests(target)]));
    const leaves = new Set([...manifests.values()].flatMap((list) => list.map(({ manifest }) => manifest)));
    const platformOf = this.#owners([...leaves].map((manifest) => [manifest, manifest] as const));
    const measured = images.map((target): [Digest, ImageSpace] => {
      const nodes = this.#reach(target);
      const platforms = manifests.get(target)!.map((leaf): PlatformSpace => {
        const isAlone = (node: Node) =>
          platformOf.get(node) === leaf.manifest && imageOf.get(node) === target;
        return { ...leaf, layers: this.#layers(leaf.manifest), ...this.#space([leaf.manifest], isAlone) };
      });
      const isAlone = (node: Node) => imageOf.get(node) === target;
      const keptBy = new Set<KeeperKind>();
      for (const node of nodes)
        for (const kind of this.#survey.keepers.get(node as Digest) ?? []) keptBy.add(kind);
      return [target, { target, platforms, keptBy: [...keptBy], ...this.#space([target], isAlone) }];
    });
    const together = this.#owners(images.map((target) => ["images", target] as const));
    return {
      images: new Map(measured),
      total: this.#space(images, (node) => together.get(node) === "images"),
      imageBlobs: this.#reachAll(images) as ReadonlySet<Digest>,
      cache: this.#cache(),
    };
  }

  #cache(): SpaceReport["cache"] {
    const { cached, keepers, images } = this.#survey;
    const others = [...keepers].filter(([, kinds]) => kinds.size > 1 || !kinds.has("cache"));
    const owners = soleOwners<"cache", Node>(
      [
        ...cached.map((node) => ["cache", node] as const),
        ...[...images, ...others.map(([node]) => node)].map((node) => [several, node] as const),
        ...[...this.#survey.keptDiffIds].map((diffId) => [several, `diff ${diffId}`] as const),
      ],
      (node) => this.#below.get(node) ?? [],
    );
    let [storedBytes, freedBytes] = [0, 0];
    for (const node of this.#reachAll(cached)) {
      const sizeBytes = this.#size(node);
      storedBytes += sizeBytes;
      if (owners.get(node) === "cache") freedBytes += sizeBytes;
    }
    return { storedBytes, freedBytes };
  }

  #owners<Owner>(roots: Iterable<readonly [Owner, Node]>): Map<Node, Owner | typeof several> {
    return soleOwners<Owner, Node>([...roots, ...this.#kept], (node) => this.#below.get(node) ?? []);
  }

  #space(from: readonly Digest[], isAlone: (node: Node) => boolean): Space {
    const { survey, own } = { survey: this.#survey, own: this.#own(from) };
    let transferredBytes = 0;
    for (const sizeBytes of own.values()) transferredBytes += sizeBytes;
    let [storedBytes, freedBytes, unpackedBytes] = [0, 0, 0];
    const diffIds = new Set<Digest>();
    for (const node of this.#reachAll(from)) {
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

  /** The image manifests below a target that are here, each once, in the order of the index. */
  #imageManifests(target: Digest): { manifest: Digest; id: Digest; platform?: Platform }[] {
    const found: { manifest: Digest; id: Digest; platform?: Platform }[] = [];
    const seen = new Set<Digest>();
    const visit = (digest: Digest, platform?: Platform) => {
      const manifest = this.#survey.manifests.get(digest);
      if (manifest === undefined || seen.has(digest)) return;
      seen.add(digest);
      if (manifest.config)
        found.push({ manifest: digest, id: manifest.config.digest, ...(platform && { platform }) });
      for (const child of imageChildren({ manifests: manifest.children }))
        visit(child.digest, child.platform);
    };
    visit(target);
    return found;
  }

  #layers(manifest: Digest): LayerSpace[] {
    return this.#survey.manifests.get(manifest)!.layers.flatMap(({ digest }) => {
      const layer = this.#survey.layers.get(digest);
      return layer ? [{ blob: digest, ...layer }] : [];
    });
  }

  #reach(from: Digest): Set<Node> {
    return this.#reachAll([from]);
  }

  #reachAll(from: readonly Digest[]): Set<Node> {
    // A Set that is walked sees what is added on the way.
    const reached = new Set<Node>(from);
    for (const node of reached) for (const child of this.#below.get(node) ?? []) reached.add(child);
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
