import { type BlobStore, openMemoryBlobs } from "../../../blob/mod.ts";
import { type Meta, openSqliteMeta, type Quota } from "../../../meta/mod.ts";
import { type Digest, digestOf, mediaTypes } from "../../../oci/mod.ts";
import { createRegistry } from "../../../registry/mod.ts";
import type { UpstreamConfig } from "../../upstream-config.ts";
import { createPullThrough, type RunningPullThrough } from "../create-pull-through.ts";
import type { Patience } from "../patience.ts";

type Handler = (request: Request) => Response | Promise<Response>;
type Content = string | Uint8Array<ArrayBuffer>;

/** An upstream with nothing set that matters to no test. */
export function upstreamConfig(config: Partial<UpstreamConfig> = {}): UpstreamConfig {
  return {
    name: "hub",
    url: "https://upstream.test",
    prefix: "hub",
    namespaces: [],
    hosts: [],
    isInsecure: false,
    tagTtlMs: 60_000,
    unusedTtlMs: 0,
    prefetch: [],
    ...config,
  };
}

/** Quick to give up, so that tests need not wait. */
export const shortPatience: Partial<Patience> = {
  checkMs: 200,
  fetchMs: 1_000,
  lingerMs: 20,
  retry: { attempts: 4, baseMs: 10, maxMs: 100 },
  timeouts: { headersMs: 500, stallMs: 300 },
  circuit: { pauseMs: 5_000, longestPauseMs: 60_000, rateLimitMs: 30_000 },
};

/** A registry, and one that mirrors it below `hub/`, in one process and without sockets. */
export class MirrorFixture implements AsyncDisposable {
  readonly blobs: BlobStore;
  readonly meta: Meta;
  readonly pullThrough: RunningPullThrough;
  /** The mirror. */
  readonly handle: Handler;
  /** The original. */
  readonly upstream: Handler;
  /** `METHOD path` of every request that reached the upstream. */
  readonly seen: { line: string; headers: Headers }[] = [];
  readonly warnings: string[] = [];
  nowMs = 1_000_000;
  /** Answers in place of the upstream, where it is set and has an answer. */
  intercept:
    | ((request: Request, path: string) => Response | undefined | Promise<Response | undefined>)
    | undefined;
  readonly #upstreamMeta = openSqliteMeta(":memory:");

  constructor(
    options: {
      upstreams?: readonly UpstreamConfig[];
      blobs?: BlobStore;
      meta?: Meta;
      patience?: Partial<Patience>;
      isImmutable?: (repository: string, tag: string) => boolean;
      quota?: (repository: string) => Quota;
    } = {},
  ) {
    this.blobs = options.blobs ?? openMemoryBlobs();
    this.meta = options.meta ?? openSqliteMeta(":memory:");
    this.upstream = createRegistry({ blobs: openMemoryBlobs(), meta: this.#upstreamMeta });
    this.pullThrough = createPullThrough(options.upstreams ?? [upstreamConfig()], {
      blobs: this.blobs,
      meta: this.meta,
      onWarning: (message) => this.warnings.push(message),
      now: () => this.nowMs,
      patience: { ...shortPatience, ...options.patience },
      fetch: (request) => this.#answer(request),
      ...(options.isImmutable ? { isImmutable: options.isImmutable } : {}),
      ...(options.quota ? { quota: options.quota } : {}),
    });
    this.handle = createRegistry({ blobs: this.blobs, meta: this.meta, pullThrough: this.pullThrough });
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.seen.push({ line: `${request.method} ${url.pathname}${url.search}`, headers: request.headers });
    // As with a socket: what the caller gives up ends, whatever the other side does.
    const { promise: ended, reject } = Promise.withResolvers<never>();
    ended.catch(() => {});
    request.signal.addEventListener("abort", () => reject(request.signal.reason), { once: true });
    const answer = Promise.resolve(this.intercept?.(request, url.pathname));
    const response = await Promise.race([answer.then((early) => early ?? this.upstream(request)), ended]);
    const body = response.body?.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), {
      signal: request.signal,
    });
    return new Response(body ?? null, response);
  }

  /** Requests to the upstream since the last call. */
  lines(): string[] {
    return this.seen.splice(0).map(({ line }) => line);
  }

  get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
    return Promise.resolve(this.handle(new Request(`http://mirror.test${path}`, { method, headers })));
  }

  async put(handler: Handler, repository: string, content: Content): Promise<Digest> {
    const digest = digestOf(content);
    const url = `http://registry.test/v2/${repository}/blobs/uploads/?digest=${digest}`;
    const response = await handler(new Request(url, { method: "POST", body: content }));
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return digest;
  }

  async putManifest(
    handler: Handler,
    repository: string,
    reference: string,
    document: { mediaType: string },
  ): Promise<Digest> {
    const body = JSON.stringify(document);
    const url = `http://registry.test/v2/${repository}/manifests/${reference}`;
    const headers = { "content-type": document.mediaType };
    const response = await handler(new Request(url, { method: "PUT", headers, body }));
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return digestOf(body);
  }

  /** Pushes an image with one layer to the upstream. */
  async push(
    repository: string,
    tag: string,
    layer: Content = `layer of ${tag}`,
    extra: object = {},
  ): Promise<{ digest: Digest; layer: Digest; config: Digest }> {
    const config = await this.put(this.upstream, repository, "{}");
    const pushed = await this.put(this.upstream, repository, layer);
    const document = imageDocument(pushed, layer, extra);
    const digest = await this.putManifest(this.upstream, repository, tag, document);
    return { digest, layer: pushed, config };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pullThrough.close();
    await this.meta.close();
    await this.#upstreamMeta.close();
  }
}

export function imageDocument(layer: Digest, content: Content, extra: object = {}) {
  const size = typeof content === "string" ? new TextEncoder().encode(content).length : content.length;
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest as string,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf("{}"), size: 2 },
    layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: layer, size }],
    ...extra,
  };
}
