import type { BlobStore } from "../blob/mod.ts";
import { endsWithin } from "../lib/mod.ts";
import type { Meta } from "../meta/mod.ts";
import {
  createRegistry,
  type Guard,
  type Peer,
  type PullThrough,
  type Registry,
  type RegistryObserver,
  type RegistryRules,
} from "../registry/mod.ts";
import { isLoopbackAddress, parseAddress } from "./address.ts";
import { listen } from "./http/listen.ts";
import type { Handle, Listener, ServerTls } from "./http/listener.ts";
import { asSeenFromOutside, type OutsideView } from "./http/outside-view.ts";
import { behindProxies } from "./http/trusted-proxies.ts";

export interface ServerOptions {
  /** Where images are: a LocalStore, or its two parts. The server does not close it. */
  readonly store: { readonly blobs: BlobStore; readonly meta: Meta };
  /** See parseAddress(). Port 0 takes a free one. */
  readonly address?: string;
  readonly tls?: ServerTls;
  /** Who may do what. Absent: everybody may do everything. */
  readonly guard?: Guard;
  /** Asked on every request: they may change while serving. */
  readonly rules?: () => RegistryRules;
  readonly observer?: RegistryObserver;
  readonly pullThrough?: PullThrough;
  /** Paths beside the registry's; undefined for what is not one of them. */
  readonly besides?: (request: Request, peer: Peer) => Response | Promise<Response> | undefined;
  /** Around everything that answers requests: measures, logs. */
  readonly watch?: (handle: Registry) => Registry;
  /** Below which path, under which URL, with which headers. */
  readonly view?: OutsideView;
  /** Addresses and networks whose `X-Forwarded-For` or `Forwarded` says who the client is. Absent: nobody's. */
  readonly trustedProxies?: readonly string[];
  /** A connection on which nothing moves for so long is closed, ms. At most 255 s, which is the default. */
  readonly idleMs?: number;
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
  /** A new certificate for new connections. @throws KasaneError `usage` for a key that does not fit: then the old one stays */
  reloadTls(tls: ServerTls): void;
  /** Takes no more requests, lets those under way finish (at most `graceMs`), closes. Idempotent. */
  stop(): Promise<void>;
}

/** A slow disk may take that long over the end of an upload, and a slow network over its next byte. */
const defaultIdleMs = 255_000;
const defaultGraceMs = 10_000;

/** Serves a store as a registry. @throws KasaneError `usage`, `io` (address in use, not allowed) */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const address = parseAddress(options.address);
  const { hostname } = address;
  const { tls } = options;
  if (tls === undefined && !isLoopbackAddress(hostname)) {
    options.onWarning?.(
      `serving plain HTTP on ${hostname}: anyone on the network can read and change what is sent; use TLS or a proxy that does`,
    );
  }
  const listener = await listen({
    address,
    ...(tls ? { tls } : {}),
    idleMs: options.idleMs ?? defaultIdleMs,
    needsPeer: [options.guard, options.observer, options.watch, options.besides].some(Boolean),
    handle: handlerOf(options),
  });
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${listener.port}`;
  let stopped: Promise<void> | undefined;
  return {
    url: `${tls ? "https" : "http"}://${host}`,
    host,
    port: listener.port,
    reloadTls: (changed) => listener.reload(changed),
    stop() {
      stopped ??= stop(listener, options.graceMs ?? defaultGraceMs);
      return stopped;
    },
  };
}

/** From the outside in: who asks, prefix and headers, measuring and logging, other paths, the registry. */
function handlerOf(options: ServerOptions): Handle {
  const { besides, watch, view } = options;
  const registry = registryOf(options);
  let handle: Handle = registry;
  if (besides) handle = (request, peer) => besides(request, peer) ?? registry(request, peer);
  // It waits for what it is given, whether that is a promise or not.
  if (watch) handle = watch(handle as Registry) as Handle;
  if (view) handle = asSeenFromOutside(handle, view);
  return behindProxies(handle, options.trustedProxies ?? []);
}

function registryOf({ store, guard, rules, observer, pullThrough, onError }: ServerOptions): Registry {
  return createRegistry({
    blobs: store.blobs,
    meta: store.meta,
    ...(guard ? { guard } : {}),
    ...(rules ? { rules } : {}),
    ...(observer ? { observer } : {}),
    ...(pullThrough ? { pullThrough } : {}),
    ...(onError ? { report: onError } : {}),
  });
}

async function stop(listener: Listener, graceMs: number): Promise<void> {
  await endsWithin(listener.drain(), graceMs);
  await listener.close();
}
