import { constants } from "node:crypto";
import { errnoOf, KasaneError, messageOf } from "../../lib/mod.ts";
import type { Peer } from "../../registry/mod.ts";
import { failureResponse, RegistryFailure } from "../../registry/mod.ts";
import type { ListenAddress } from "../address.ts";
import { headFailure, widenParser } from "./head-limit.ts";
import type { Handle, ServerTls } from "./listener.ts";
import { watchUpload } from "./upload-progress.ts";

/** Bun's own limit. */
const longestIdleS = 255;
const nobody: Peer = { address: "" };

export interface BunServerOptions {
  readonly address: ListenAddress;
  readonly tls?: ServerTls;
  readonly idleMs: number;
  readonly needsPeer: boolean;
  readonly handle: Handle;
  /** Who is behind a connection from this port of this machine, where something of ours stands in front. undefined: refused. */
  readonly peerAt?: (port: number) => Peer | undefined;
  /** Lets a second server with the same flag listen on the same port. */
  readonly isPortShared?: boolean;
}

/**
 * One `Bun.serve`. What it does by itself, found out by experiment with 1.4.5 and held by tests: 400 for what is no HTTP, for two lengths and
 * for a length beside chunks, 431 for a head far too large (`head-limit.ts`), 505 for HTTP/0.9; a first request must have come in whole after
 * about 10 s, and a later one within the idle time, however it trickles; a body that is not read is not kept in memory. There is no hook for the
 * answers of its own: node:http's `clientError` is one, but a `Bun.serve` in that mode does not end its connections in stop() or after an early
 * answer (tried), and a front that only passes bytes on costs nearly half of the small reads.
 * @throws KasaneError `io` (address in use, not allowed), `usage` for a certificate that cannot be used
 */
export function startBunServer(options: BunServerOptions): Bun.Server<undefined> {
  const { handle, peerAt, needsPeer } = options;
  widenParser();
  const idleS = Math.min(longestIdleS, Math.ceil(options.idleMs / 1000));
  return bind(options, {
    hostname: options.address.hostname,
    port: options.address.port,
    idleTimeout: idleS,
    // 2^40: what a blob may have is for the registry to say.
    maxRequestBodySize: 2 ** 40,
    development: false,
    // `development: false` alone would turn it on, and then any program of this user could take a part of the requests.
    reusePort: options.isPortShared ?? false,
    ...(options.tls ? { tls: tlsOptions(options.tls) } : {}),
    fetch(request: Request, server: Bun.Server<undefined>) {
      const failure = headFailure(request);
      if (failure !== undefined) return failureResponse(failure, request.method);
      let peer = nobody;
      if (peerAt !== undefined) {
        const known = peerAt(server.requestIP(request)?.port ?? 0);
        if (known === undefined) return refused(request);
        peer = known;
      } else if (needsPeer) peer = { address: plain(server.requestIP(request)?.address ?? "") };
      return handle(request, isUpload(request) ? watchUpload({ peer, request, server, idleS }) : peer);
    },
    // A blob that was removed between the look and the opening of its file ends here.
    error: () => failureResponse(new RegistryFailure("UNKNOWN"), "GET"),
  });
}

function bind(options: BunServerOptions, bun: object): Bun.Server<undefined> {
  try {
    return Bun.serve(bun as Bun.Serve.Options<undefined>);
  } catch (error) {
    throw bindError(options, error);
  }
}

function bindError({ address, tls }: BunServerOptions, error: unknown): KasaneError {
  if (tls && errnoOf(error) === undefined) {
    return new KasaneError("usage", `cannot use the TLS certificate and key: ${messageOf(error)}`, {
      cause: error,
      hint: "check that both are PEM files and belong together",
    });
  }
  const [reason, hint] = bindReasons[errnoOf(error) ?? ""] ?? [messageOf(error)];
  return new KasaneError("io", `cannot listen on ${address.hostname}:${address.port}: ${reason}`, {
    cause: error,
    ...(hint ? { hint } : {}),
  });
}

const bindReasons: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ["the address is in use", "choose another port, or 0 for a free one"],
  EADDRNOTAVAIL: [
    "this machine does not have that address",
    "choose one that it has, 127.0.0.1 for this machine alone or 0.0.0.0 for all",
  ],
  ENOENT: ["there is no host of that name", "write an address of this machine, for example 127.0.0.1"],
  EACCES: [
    "permission denied",
    "ports below 1024 are root's, or of who has CAP_NET_BIND_SERVICE: choose a higher one",
  ],
};

function tlsOptions({ certificate, key, minimumVersion }: ServerTls) {
  return {
    cert: certificate,
    key,
    ...(minimumVersion === "TLSv1.3" ? { secureOptions: constants.SSL_OP_NO_TLSv1_2 } : {}),
  };
}

function isUpload({ method }: Request): boolean {
  return method === "PATCH" || method === "PUT" || method === "POST";
}

/** IPv4 on a socket of both kinds. */
function plain(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

function refused(request: Request): Response {
  const failure = new RegistryFailure("DENIED", { status: 403, headers: { connection: "close" } });
  return failureResponse(failure, request.method);
}
