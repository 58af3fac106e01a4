import type { LayerEntry } from "../layer/mod.ts";
import { KasaneError } from "../lib/mod.ts";
import { DigestHasher, digestAlgorithm } from "../oci/mod.ts";

/** Passes a file's content through; ends with an error when it is not the one its layer's index tells of. */
export async function* checkedContent(
  { path, sizeBytes, contentDigest }: LayerEntry,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hasher = new DigestHasher(contentDigest && digestAlgorithm(contentDigest));
  for await (const chunk of content) {
    hasher.update(chunk);
    yield chunk;
  }
  if (hasher.sizeBytes === sizeBytes && (!contentDigest || hasher.digest() === contentDigest)) return;
  throw new KasaneError(
    "digest-mismatch",
    `the content of ${JSON.stringify(path)} is not the one that its layer tells of`,
  );
}
