import { openMemoryBlobs } from "../../blob/mod.ts";
import { createRegistryClient, type RegistryClient } from "../../distribution/mod.ts";
import { newImage } from "../../image/mod.ts";
import { collect } from "../../lib/mod.ts";
import { openSqliteMeta } from "../../meta/mod.ts";
import { type Digest, digestOf, mediaTypes, parseReference } from "../../oci/mod.ts";
import { createRegistry } from "../../registry/mod.ts";
import { writeTar } from "../../tar/mod.ts";
import { inputOf, type TocMember, type WrittenLayer, writeEstargz, writeZstdChunked } from "./toc-writers.ts";

export type LayerFormat = "none" | "gzip" | "zstd" | "estargz" | "zstd:chunked";

/** A request for a blob as the registry got it. */
export interface BlobRequest {
  readonly digest: string;
  readonly range: string | undefined;
  /** Bytes of the answer that were taken. */
  bytes: number;
}

export interface RemoteImage {
  readonly reference: string;
  readonly client: RegistryClient;
  readonly layers: readonly Digest[];
  /** Requests for layers, not for the config. */
  readonly requests: BlobRequest[];
  /** What becomes of a layer's bytes on their way. */
  lie: ((bytes: Uint8Array, digest: string) => Uint8Array) | undefined;
  /** Answers every request with the whole blob. */
  ignoresRange: boolean;
}

/** An image in a registry of this process that counts what is fetched of its layers, and lies when it is asked to. */
export async function remoteImage(
  layers: readonly (readonly TocMember[] | WrittenLayer)[],
  format: LayerFormat = "gzip",
): Promise<RemoteImage> {
  const reference = parseReference("registry.example/app:v1");
  const registry = createRegistry({ blobs: openMemoryBlobs(), meta: openSqliteMeta(":memory:") });
  const digests: Digest[] = [];
  const image: RemoteImage = {
    reference: "registry.example/app:v1",
    client: createRegistryClient({ host: reference.host, fetch: (request) => answer(request) }),
    layers: digests,
    requests: [],
    lie: undefined,
    ignoresRange: false,
  };
  const answer = async (request: Request): Promise<Response> => {
    const digest = /\/blobs\/(sha256:[0-9a-f]+)$/.exec(new URL(request.url).pathname)?.[1];
    const isLayer = request.method === "GET" && digest !== undefined && digests.includes(digest as Digest);
    if (!isLayer) return registry(request);
    const range = request.headers.get("range") ?? undefined;
    const asked = image.ignoresRange
      ? new Request(request.url, { headers: withoutRange(request.headers) })
      : request;
    const seen: BlobRequest = { digest, range, bytes: 0 };
    image.requests.push(seen);
    const response = await registry(asked);
    return new Response(response.body && counted(response.body, seen, image), response);
  };
  await push(image.client, digests, layers, format);
  return image;
}

function withoutRange(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete("range");
  return kept;
}

function counted(
  body: ReadableStream<Uint8Array>,
  seen: BlobRequest,
  image: RemoteImage,
): ReadableStream<Uint8Array> {
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      seen.bytes += chunk.length;
      controller.enqueue(image.lie?.(chunk, seen.digest) ?? chunk);
    },
  });
  return body.pipeThrough(count);
}

async function push(
  client: RegistryClient,
  digests: Digest[],
  layers: readonly (readonly TocMember[] | WrittenLayer)[],
  format: LayerFormat,
): Promise<void> {
  const pushed = [];
  for (const layer of layers) {
    const { bytes, diffId, annotations } = "bytes" in layer ? layer : await written(layer, format);
    const descriptor = {
      mediaType: mediaTypeOf(format),
      digest: digestOf(bytes),
      size: bytes.length,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    };
    await client.pushBlob("app", descriptor, async () => new Blob([new Uint8Array(bytes)]).stream());
    pushed.push({ descriptor, diffId: diffId as Digest });
  }
  const image = newImage({
    platform: { os: "linux", architecture: "amd64" },
    layers: pushed,
    history: pushed.map((_, index) => ({ created_by: `COPY layer-${index} /` })),
  });
  await client.pushBlob("app", image.configDescriptor, async () =>
    new Blob([new Uint8Array(image.configBytes)]).stream(),
  );
  await client.putManifest("app", "v1", image.raw);
  digests.push(...pushed.map(({ descriptor }) => descriptor.digest));
}

async function written(members: readonly TocMember[], format: LayerFormat): Promise<WrittenLayer> {
  if (format === "estargz") return writeEstargz(members);
  if (format === "zstd:chunked") return writeZstdChunked(members);
  const tar = new Uint8Array(
    await collect(writeTar(members.map((member) => inputOf(member))), 2 ** 28, "a layer"),
  );
  const bytes = format === "gzip" ? Bun.gzipSync(tar) : format === "zstd" ? Bun.zstdCompressSync(tar) : tar;
  return { bytes, diffId: digestOf(tar), annotations: {} };
}

function mediaTypeOf(format: LayerFormat): string {
  if (format === "none") return mediaTypes.ociLayer;
  return format.startsWith("zstd") ? mediaTypes.ociLayerZstd : mediaTypes.ociLayerGzip;
}
