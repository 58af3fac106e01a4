import type { BlobStore } from "../blob/mod.ts";
import { errnoOf, KasaneError, messageOf } from "../lib/mod.ts";
import type { Meta } from "../meta/mod.ts";
import { createRegistry } from "../registry/mod.ts";
import { isLoopbackAddress, parseAddress } from "./address.ts";

/** One answered request, for an access log. */
export interface AccessEntry {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly client: string;
  readonly userAgent: string;
}

export interface ServerOptions {
  /** Where images are: a LocalStore, or its two parts. The server does not close it. */
  readonly store: { readonly blobs: BlobStore; readonly meta: Meta };
  /** See parseAddress(). Port 0 takes a free one. */
  readonly address?: string;
  /** PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly onAccess?: (entry: AccessEntry) => void;
  /** One sentence for whoever runs the server. */
  readonly onWarning?: (message: string) => void;
  /** Failures of the server's own. */
  readonly onError?: (error: unknown, request: Request) => void;
  /** How long stop() waits for requests under way, ms. */
  readonly graceMs?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:5000`, without a slash. */
  readonly url: string;
  /** `127.0.0.1:5000`: the host part of image names. */
  readonly host: string;
  readonly port: number;
  /** Takes no more requests, lets those under way finish (at most `graceMs`), closes. Idempotent. */
  stop(): Promise<void>;
}

/** Bun's limit of 255 s: a slow disk may take that long over the end of an upload, and a slow network over its next byte. */
const idleTimeoutS = 255;
const defaultGraceMs = 10_000;

/** Serves a store as a registry. @throws KasaneError `usage`, `io` (address in use, not allowed) */
export function startServer(options: ServerOptions): Promise<RunningServer> {
  return Promise.resolve().then(() => listen(options));
}

function listen(options: ServerOptions): RunningServer {
  const { hostname, port } = parseAddress(options.address);
  const { tls, onAccess } = options;
  if (tls === undefined && !isLoopbackAddress(hostname)) {
    options.onWarning?.(
      `serving plain HTTP on ${hostname}: anyone on the network can read and change what is sent; use TLS or a proxy that does`,
    );
  }
  const registry = createRegistry({
    ...options.store,
    ...(options.onError ? { report: options.onError } : {}),
  });
  const server = serve({
    hostname,
    port,
    idleTimeout: idleTimeoutS,
    maxRequestBodySize: 2 ** 40,
    development: false,
    // Without this, `development: false` lets a second server share the port, and each gets a part of the requests.
    reusePort: false,
    ...(tls ? { tls: { cert: tls.certificate, key: tls.key } } : {}),
    async fetch(request, bun) {
      if (!onAccess) return registry(request);
      const startedMs = performance.now();
      const client = bun.requestIP(request)?.address ?? "";
      const response = await registry(request);
      onAccess(accessEntry(request, response, { durationMs: performance.now() - startedMs, client }));
      return response;
    },
    // A blob that was removed between the look and the opening of its file ends here.
    error: () => Response.json({ errors: [{ code: "UNKNOWN", message: "internal error" }] }, { status: 500 }),
  });
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`;
  let stopped: Promise<void> | undefined;
  return {
    url: `${tls ? "https" : "http"}://${host}`,
    host,
    port: server.port!,
    stop() {
      stopped ??= stop(server, options.graceMs ?? defaultGraceMs);
      return stopped;
    },
  };
}

function serve(options: Parameters<typeof Bun.serve>[0]): Bun.Server<undefined> {
  try {
    return Bun.serve(options as Bun.Serve.Options<undefined>);
  } catch (error) {
    const { hostname, port } = options as { hostname: string; port: number };
    const reason = errnoOf(error) === "EADDRINUSE" ? "the address is in use" : messageOf(error);
    throw new KasaneError("io", `cannot listen on ${hostname}:${port}: ${reason}`, {
      cause: error,
      ...(errnoOf(error) === "EADDRINUSE" ? { hint: "choose another port, or 0 for a free one" } : {}),
    });
  }
}

async function stop(server: Bun.Server<undefined>, graceMs: number): Promise<void> {
  let timer: Timer | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs);
  });
  // Resolves when every answer has been sent; idle connections do not count.
  await Promise.race([server.stop(), patience]);
  clearTimeout(timer);
  await server.stop(true);
}

function accessEntry(
  request: Request,
  response: Response,
  measured: { durationMs: number; client: string },
): AccessEntry {
  return {
    method: request.method,
    path: request.url.replace(/^[a-z]+:\/\/[^/]*/i, ""),
    status: response.status,
    ...measured,
    userAgent: request.headers.get("user-agent") ?? "",
  };
}
