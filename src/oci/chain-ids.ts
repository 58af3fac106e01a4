import { type Digest, digestOf } from "./digest.ts";

/** Digests of the layers up to each one (image-spec config.md, "Layer ChainID"). */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    chain.push(chain.length === 0 ? diffId : digestOf(`${chain.at(-1)} ${diffId}`));
  }
  return chain;
}
