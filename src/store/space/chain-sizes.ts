import type { Digest } from "../../oci/mod.ts";

interface SizedLayer {
  readonly diffId: Digest;
  readonly contentSizeBytes: number;
}

export interface ChainSizes {
  /** All layers of all images as docker keeps them: unpacked, each once for every stack of layers it stands on. */
  readonly totalBytes: number;
  /** In the order of the images: what its layers take, and what of that another image has as well. */
  readonly images: readonly { readonly sizeBytes: number; readonly sharedBytes: number }[];
}

/**
 * Docker's sizes (`system df`: SIZE, SHARED SIZE, UNIQUE SIZE), which are about unpacked layers, and where a layer on top of other layers is
 * another one (image-spec config.md, "Layer ChainID"). Images are given base layer first, each once.
 */
export function chainSizes(images: readonly (readonly SizedLayer[])[]): ChainSizes {
  interface Link {
    readonly sizeBytes: number;
    readonly above: Map<Digest, Link>;
    users: number;
  }
  const bottom = new Map<Digest, Link>();
  const chains = images.map((layers) => {
    let above = bottom;
    return layers.map(({ diffId, contentSizeBytes }) => {
      let link = above.get(diffId);
      if (link === undefined) {
        link = { sizeBytes: contentSizeBytes, above: new Map(), users: 0 };
        above.set(diffId, link);
      }
      link.users++;
      above = link.above;
      return link;
    });
  });
  const sum = (links: Iterable<Link>) => {
    let total = 0;
    for (const { sizeBytes } of links) total += sizeBytes;
    return total;
  };
  return {
    totalBytes: sum(new Set(chains.flat())),
    images: chains.map((chain) => ({
      sizeBytes: sum(chain),
      sharedBytes: sum(chain.filter(({ users }) => users > 1)),
    })),
  };
}
