import { type Digest, digestOf, mediaTypes } from "../../../src/oci/mod.ts";

export interface Image {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly blobs: readonly Digest[];
  /** Pushed before it. */
  readonly children: readonly Image[];
  readonly subject?: Digest;
}

/** A generator of numbers in [0, 1) that a seed repeats. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Pool {
  readonly images: readonly Image[];
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  /** Small ones that no image has: they come and go. */
  readonly loose: readonly Digest[];
}

/** Images that share layers as real ones do; some are indexes, some are about another one. */
export function makePool(seed: number, options: { images: number; layers: number; maxBytes: number }): Pool {
  const random = randomFrom(seed);
  const blobs = new Map<Digest, Uint8Array>();
  const add = (bytes: Uint8Array): Digest => {
    const digest = digestOf(bytes, "sha256");
    blobs.set(digest, bytes);
    return digest;
  };
  const layers = Array.from({ length: options.layers }, () => {
    const bytes = new Uint8Array(1 + Math.floor(random() ** 3 * options.maxBytes));
    const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
    for (let index = 0; index < words.length; index++) words[index] = random() * 2 ** 32;
    bytes[bytes.length - 1] = random() * 256;
    return add(bytes);
  });
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const images: Image[] = [];
  for (let number = 0; number < options.images; number++) {
    const before = images.filter((image) => image.children.length === 0);
    const isIndex = before.length > 3 && random() < 0.15;
    const subject = !isIndex && before.length > 3 && random() < 0.15 ? pick(before) : undefined;
    images.push(
      isIndex
        ? indexOf([pick(before), pick(before)])
        : manifestOf(number, [pick(layers), pick(layers)], subject),
    );
  }
  const loose = Array.from({ length: 200 }, (_, number) =>
    add(new TextEncoder().encode(`loose ${seed} ${number}`)),
  );
  return { images, blobs, loose };

  function manifestOf(number: number, digests: readonly Digest[], subject: Image | undefined): Image {
    const config = add(new TextEncoder().encode(`{"number":${number}}`));
    const size = (digest: Digest) => blobs.get(digest)!.length;
    const chosen = [...new Set(digests)];
    return finish(
      mediaTypes.ociManifest,
      {
        config: { mediaType: mediaTypes.ociConfig, digest: config, size: size(config) },
        layers: chosen.map((digest) => ({ mediaType: mediaTypes.ociLayer, digest, size: size(digest) })),
        ...(subject && { subject: descriptorOf(subject) }),
      },
      { blobs: [config, ...chosen], children: [], ...(subject && { subject: subject.digest }) },
    );
  }

  function indexOf(children: readonly Image[]): Image {
    return finish(mediaTypes.ociIndex, { manifests: children.map(descriptorOf) }, { blobs: [], children });
  }
}

function finish(
  mediaType: string,
  document: object,
  parts: Pick<Image, "blobs" | "children" | "subject">,
): Image {
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  return { digest: digestOf(bytes), mediaType, bytes, ...parts };
}

function descriptorOf({ mediaType, digest, bytes }: Image) {
  return { mediaType, digest, size: bytes.length };
}
