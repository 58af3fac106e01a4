import { KasaneError } from "../lib/errors.ts";

export type DigestAlgorithm = "sha256" | "sha512";

/** `algorithm:hex` in its canonical, lower-case form. Made by parseDigest(), digestOf() or a DigestHasher only. */
export type Digest = string & { readonly __digest: unique symbol };

const hexLength: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

/** OCI image-spec descriptor.md, "Digests", limited to the two registered algorithms. */
export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(":");
  const algorithm = text.slice(0, colon) as DigestAlgorithm;
  return hexLength[algorithm] === text.length - colon - 1 && /^[0-9a-f]+$/.test(text.slice(colon + 1));
}

/** @throws KasaneError `invalid-digest` */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new KasaneError("invalid-digest", `${JSON.stringify(text.slice(0, 160))} is not a valid digest`, {
    hint: "a digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits",
  });
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The 12 hexadecimal characters people see in tables. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

/** Digest of bytes that are already in memory. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${Bun.CryptoHasher.hash(algorithm, bytes, "hex")}` as Digest;
}

/** Digest of bytes that pass by. digest() may be called once. */
export class DigestHasher {
  readonly #hasher: Bun.CryptoHasher;
  readonly #algorithm: DigestAlgorithm;
  sizeBytes = 0;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.#algorithm = algorithm;
    this.#hasher = new Bun.CryptoHasher(algorithm);
  }

  update(chunk: Uint8Array): void {
    this.#hasher.update(chunk);
    this.sizeBytes += chunk.length;
  }

  /** As UTF-8. */
  updateText(text: string): void {
    this.#hasher.update(text);
    this.sizeBytes += Buffer.byteLength(text);
  }

  digest(): Digest {
    return `${this.#algorithm}:${this.#hasher.digest("hex")}` as Digest;
  }
}
