import { lazily } from "../../lib/lazily.ts";
import type { ImageSurvey, MeasuredImage, MeasuredNode, MeasuredSpace, SpaceNode } from "../../meta/mod.ts";
import { chainIds } from "../../oci/chain-ids.ts";
import { imageChildren } from "../../oci/image-children.ts";
import type { Digest, Platform } from "../../oci/mod.ts";
import type { StoreParts } from "../store-parts.ts";
import { FileSizes } from "./file-sizes.ts";
import { spaceReport } from "./report-space.ts";
import type { SpaceReport } from "./space-report.ts";

/**
 * What every local image takes. Only images that changed since somebody asked are measured: a few queries over what they lead to, and one
 * status call for each file.
 */
export async function measureImages(
  parts: Pick<StoreParts, "root" | "meta" | "readOnly">,
): Promise<SpaceReport> {
  const files = new FileSizes(parts.root);
  await parts.meta.space.measure(
    (survey) => {
      const measurement = new Measurement(survey, files);
      return survey.images.map((target) => measurement.measure(target));
    },
    { isReadOnly: parts.readOnly },
  );
  return spaceReport(parts.meta, files);
}

class Measurement {
  readonly #survey: ImageSurvey;
  readonly #files: FileSizes;
  readonly #below: () => ReadonlyMap<SpaceNode, readonly SpaceNode[]>;
  readonly #sizes = new Map<SpaceNode, number>();
  readonly #passing = new Set<SpaceNode>();

  constructor(survey: ImageSurvey, files: FileSizes) {
    this.#survey = survey;
    this.#files = files;
    this.#below = lazily(() => nodesBelow(survey));
  }

  measure(target: Digest): MeasuredImage {
    const platforms = this.#platformsOf(target);
    const whole = platforms.find(({ manifest }) => manifest === target);
    const places = [
      { manifest: target, ...whole },
      ...platforms.filter(({ manifest }) => manifest !== target),
    ];
    const spaces = places.map((place): MeasuredSpace => {
      const { manifest, config } = place;
      return {
        target,
        ...place,
        contents: this.#contents(manifest),
        chains: config === undefined ? [] : this.#chains(manifest),
      };
    });
    const isPassing = spaces[0]!.contents.some(({ node }) => this.#passing.has(node));
    return { spaces, isPassing };
  }

  /** The image manifests below a target that are here, each once, in the order of the index; attestations left out. */
  #platformsOf(target: Digest): { manifest: Digest; config: Digest; platform?: Platform }[] {
    const found: { manifest: Digest; config: Digest; platform?: Platform }[] = [];
    const seen = new Set<Digest>();
    const visit = (digest: Digest, platform?: Platform) => {
      const manifest = this.#survey.manifests.get(digest);
      if (manifest === undefined || seen.has(digest)) return;
      seen.add(digest);
      if (manifest.config) {
        found.push({ manifest: digest, config: manifest.config.digest, ...(platform && { platform }) });
      }
      for (const child of imageChildren({ manifests: manifest.children }))
        visit(child.digest, child.platform);
    };
    visit(target);
    return found;
  }

  #chains(manifest: Digest): MeasuredSpace["chains"] {
    const layers = this.#survey.manifests.get(manifest)!.layers.flatMap(({ digest }) => {
      return this.#survey.layers.get(digest) ?? [];
    });
    return chainIds(layers.map(({ diffId }) => diffId)).map((chain, index) => ({
      chain,
      sizeBytes: layers[index]!.contentSizeBytes,
    }));
  }

  #contents(from: Digest): MeasuredNode[] {
    const transferred = this.#transferred(from);
    const unpacked = new Map<SpaceNode, number>();
    const nodes = this.#reach(from);
    for (const node of nodes) {
      const layer = this.#survey.layers.get(node as Digest);
      if (layer && !unpacked.has(`diff ${layer.diffId}`))
        unpacked.set(`diff ${layer.diffId}`, layer.contentSizeBytes);
    }
    return [...nodes].map((node) => ({
      node,
      storedBytes: this.#size(node),
      transferredBytes: transferred.get(node) ?? 0,
      unpackedBytes: unpacked.get(node) ?? 0,
    }));
  }

  /** What the image itself is made of, with the sizes that its manifests say. What refers to it came in another way. */
  #transferred(from: Digest): Map<SpaceNode, number> {
    const own = new Map<SpaceNode, number>();
    const pending = [from];
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

  #reach(from: Digest): Set<SpaceNode> {
    // A Set that is walked sees what is added on the way.
    const reached = new Set<SpaceNode>([from]);
    for (const node of reached) for (const child of this.#below().get(node) ?? []) reached.add(child);
    return reached;
  }

  #size(node: SpaceNode): number {
    let sizeBytes = this.#sizes.get(node);
    if (sizeBytes === undefined) {
      const found = node.startsWith("diff ")
        ? this.#files.index(node.slice("diff ".length) as Digest)
        : this.#files.blob(node as Digest);
      // Rows come before files, and go after them.
      if (found === undefined && (node.startsWith("diff ") || this.#survey.noted.has(node as Digest)))
        this.#passing.add(node);
      sizeBytes = found ?? 0;
      this.#sizes.set(node, sizeBytes);
    }
    return sizeBytes;
  }
}

function nodesBelow(survey: ImageSurvey): Map<SpaceNode, SpaceNode[]> {
  const below = new Map<SpaceNode, SpaceNode[]>();
  for (const { from, to } of survey.edges) {
    const nodes = below.get(from);
    if (nodes) nodes.push(to);
    else below.set(from, [to]);
  }
  for (const [blob, { diffId }] of survey.layers) below.set(blob, [`diff ${diffId}`]);
  return below;
}
