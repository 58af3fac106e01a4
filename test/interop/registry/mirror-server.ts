/** A mirror in a process of its own: `bun mirror-server.ts ROOT '[UpstreamConfig]'`. Says its URL when it listens. */
import { join } from "node:path";
import { openFileSystemBlobs } from "../../../src/blob/mod.ts";
import { openSqliteMeta } from "../../../src/meta/mod.ts";
import { type RunningServer, startServer } from "../../../src/server/mod.ts";
import { createPullThrough, type RunningPullThrough, type UpstreamConfig } from "../../../src/sync/mod.ts";

export interface MirrorServer extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  readonly mirror: RunningPullThrough;
  /** What went wrong inside, which no client should ever cause. */
  readonly failures: readonly unknown[];
}

/** Kasane's registry on a free port with its store in `root`, mirroring. */
export async function startMirror(
  root: string,
  upstreams: readonly Partial<UpstreamConfig>[],
): Promise<MirrorServer> {
  const store = { blobs: openFileSystemBlobs(root), meta: openSqliteMeta(join(root, "meta.db")) };
  const mirror = createPullThrough(upstreams.map(complete), store);
  const failures: unknown[] = [];
  const server: RunningServer = await startServer({
    store,
    pullThrough: mirror,
    address: "127.0.0.1:0",
    onError: (error) => failures.push(error),
  });
  return {
    host: server.host,
    url: server.url,
    mirror,
    failures,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await mirror.close();
      await store.meta.close();
    },
  };
}

function complete(config: Partial<UpstreamConfig>): UpstreamConfig {
  return {
    name: "upstream",
    url: "upstream.invalid",
    prefix: "",
    namespaces: [],
    hosts: [],
    isInsecure: false,
    tagTtlMs: 60_000,
    unusedTtlMs: 0,
    prefetch: [],
    ...config,
  };
}

/** A registry's front door that counts who comes in, and can be told to be slow. */
export interface Counter extends AsyncDisposable {
  readonly url: string;
  readonly lines: string[];
  /** Ranges that were asked for. */
  readonly ranges: (string | null)[];
  /** Bytes of bodies per second; absent: as fast as it goes. */
  bytesPerSecond: number | undefined;
}

export function countRequests(upstream: string): Counter {
  const counter = {
    lines: [] as string[],
    ranges: [] as (string | null)[],
    bytesPerSecond: undefined as number | undefined,
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 255,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      counter.lines.push(`${request.method} ${pathname}${search}`);
      if (pathname.includes("/blobs/")) counter.ranges.push(request.headers.get("range"));
      const answer = await fetch(upstream + pathname + search, {
        method: request.method,
        headers: request.headers,
        redirect: "manual",
        decompress: false,
      });
      const { bytesPerSecond } = counter;
      const body =
        bytesPerSecond === undefined ? answer.body : answer.body?.pipeThrough(slow(bytesPerSecond));
      return new Response(body ?? null, { status: answer.status, headers: answer.headers });
    },
  });
  return Object.assign(counter, {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  });
}

function slow(bytesPerSecond: number): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    async transform(chunk, controller) {
      for (let at = 0; at < chunk.length; at += 65536) {
        const part = chunk.subarray(at, at + 65536);
        controller.enqueue(part);
        await Bun.sleep((part.length / bytesPerSecond) * 1000);
      }
    },
  });
}

if (import.meta.main) {
  const [root, upstreams] = process.argv.slice(2);
  const { url } = await startMirror(root!, JSON.parse(upstreams!));
  console.log(url);
}
