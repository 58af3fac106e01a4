import { type ByteSource, KasaneError } from "../lib/mod.ts";
import { type Descriptor, DigestHasher, digestAlgorithm } from "../oci/mod.ts";

/**
 * Passes bytes through and checks them against a descriptor. A wrong digest shows only at the end, so what the receiver wrote
 * counts for nothing until the generator has ended without an error. More bytes than announced are refused at once: an
 * endless stream cannot fill a disk.
 * @throws KasaneError `digest-mismatch`
 */
export async function* verified(
  source: ByteSource,
  expected: Pick<Descriptor, "digest" | "size">,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hasher = new DigestHasher(digestAlgorithm(expected.digest));
  for await (const chunk of source) {
    hasher.update(chunk);
    if (hasher.sizeBytes > expected.size) {
      throw mismatch(expected, `more than the announced ${expected.size} bytes arrived`);
    }
    yield chunk;
  }
  if (hasher.sizeBytes < expected.size) {
    throw mismatch(expected, `${hasher.sizeBytes} of ${expected.size} bytes arrived`);
  }
  const digest = hasher.digest();
  if (digest !== expected.digest) throw mismatch(expected, `the bytes have the digest ${digest}`);
}

function mismatch(expected: Pick<Descriptor, "digest">, reason: string): KasaneError {
  return new KasaneError("digest-mismatch", `blob ${expected.digest} is not what it should be: ${reason}`);
}
