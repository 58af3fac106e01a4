import type { DataSet, SetManifest } from "./author.ts";
import { type Algorithm, type Answer, header, must, type Registry, send, withParameter } from "./registry.ts";

const octets = { "content-type": "application/octet-stream" };

export interface Upload {
  readonly repository: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the client says the digest is. */
  readonly digest: string;
}

/** Opens an upload and returns its location. */
export async function begin(
  registry: Registry,
  repository: string,
  options: { algorithm?: Algorithm } = {},
): Promise<string> {
  const query = options.algorithm === undefined ? "" : `?digest-algorithm=${options.algorithm}`;
  const headers = { "content-length": "0" };
  const answer = await send(registry, "POST", `/v2/${repository}/blobs/uploads/${query}`, { headers });
  return header(must(answer, 202), "location");
}

/** One chunk with its range; the answer carries the location of the next. */
export function sendChunk(
  registry: Registry,
  location: string,
  chunk: { at: number; bytes: Uint8Array<ArrayBuffer> },
): Promise<Answer> {
  const range = `${chunk.at}-${chunk.at + chunk.bytes.length - 1}`;
  const headers = { ...octets, "content-range": range };
  return send(registry, "PATCH", location, { headers, body: chunk.bytes });
}

/** Closes an upload, with the last chunk where there is one. */
export function finish(
  registry: Registry,
  location: string,
  options: { digest: string; last?: { at: number; bytes: Uint8Array<ArrayBuffer> } },
): Promise<Answer> {
  const { digest, last } = options;
  const range = last && { "content-range": `${last.at}-${last.at + last.bytes.length - 1}` };
  return send(registry, "PUT", withParameter(location, "digest", digest), {
    ...(last === undefined ? {} : { headers: { ...octets, ...range }, body: last.bytes }),
  });
}

/** The five ways in which a blob arrives. Each returns the answer that decides. */
export const routes: Readonly<Record<string, (registry: Registry, upload: Upload) => Promise<Answer>>> = {
  "post only": (registry, { repository, digest, bytes }) =>
    send(registry, "POST", withParameter(`/v2/${repository}/blobs/uploads/`, "digest", digest), {
      headers: octets,
      body: bytes,
    }),
  "post+put": async (registry, { repository, digest, bytes }) => {
    const location = await begin(registry, repository);
    return send(registry, "PUT", withParameter(location, "digest", digest), { headers: octets, body: bytes });
  },
  chunked: async (registry, { repository, digest, bytes }) => {
    let location = await begin(registry, repository);
    for (const chunk of chunksOf(bytes)) {
      const answer = must(await sendChunk(registry, location, chunk), 202);
      const end = chunk.at + chunk.bytes.length - 1;
      if (header(answer, "range") !== `0-${end}`)
        throw new Error(`after a chunk that ends at ${end} the range is ${header(answer, "range")}`);
      location = header(answer, "location");
    }
    return finish(registry, location, { digest });
  },
  "chunked with the last in PUT": async (registry, { repository, digest, bytes }) => {
    let location = await begin(registry, repository);
    const chunks = chunksOf(bytes);
    const last = chunks.pop();
    for (const chunk of chunks) {
      const answer = must(await sendChunk(registry, location, chunk), 202);
      location = header(answer, "location");
    }
    return finish(registry, location, { digest, ...(last ? { last } : {}) });
  },
  streaming: async (registry, { repository, digest, bytes }) => {
    const location = await begin(registry, repository);
    const answer = await send(registry, "PATCH", location, { headers: octets, body: streamOf(bytes) });
    return finish(registry, header(must(answer, 202), "location"), { digest });
  },
};

export function chunksOf(
  bytes: Uint8Array<ArrayBuffer>,
  count = 3,
): { at: number; bytes: Uint8Array<ArrayBuffer> }[] {
  const size = Math.ceil(bytes.length / count);
  const starts = Array.from({ length: count }, (_, at) => at * size).filter((at) => at < bytes.length);
  return starts.map((at) => ({ at, bytes: bytes.subarray(at, at + size) }));
}

/** Without a length: it travels in HTTP's own chunks. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      const half = bytes.length >> 1;
      for (const part of [bytes.subarray(0, half), bytes.subarray(half)])
        if (part.length > 0) controller.enqueue(part);
      controller.close();
    },
  });
}

export async function pushBlob(registry: Registry, upload: Upload): Promise<Answer> {
  return must(await routes["post+put"]!(registry, upload), 201);
}

export function putManifest(
  registry: Registry,
  repository: string,
  manifest: Pick<SetManifest, "bytes" | "mediaType">,
  reference: string,
): Promise<Answer> {
  return send(registry, "PUT", `/v2/${repository}/manifests/${reference}`, {
    headers: { "content-type": manifest.mediaType },
    body: manifest.bytes,
  });
}

/** By tag where it has one and the tag's digest would be its own, else by digest. */
function referenceOf({ digest, tag }: SetManifest): string {
  if (tag === undefined) return digest;
  return digest.startsWith("sha256:") ? tag : `${digest}?tag=${tag}`;
}

/** Everything in the set, blobs first. */
export async function pushSet(registry: Registry, repository: string, set: DataSet): Promise<void> {
  for (const { digest, bytes } of set.blobs) await pushBlob(registry, { repository, digest, bytes });
  for (const manifest of set.manifests)
    must(await putManifest(registry, repository, manifest, referenceOf(manifest)), 201);
}
