import { connect, type Socket } from "node:net";
import { createServer, type PeerCertificate, type TLSSocket } from "node:tls";
import { errnoOf, KasaneError, messageOf } from "../../lib/mod.ts";
import type { Peer } from "../../registry/mod.ts";
import type { TlsConfig } from "../config/server-config.ts";

/** PEM texts. */
export interface FrontTls {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: readonly string[];
  readonly minimumVersion: TlsConfig["minimumVersion"];
}

export interface FrontOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls: FrontTls;
  readonly clientAuth: TlsConfig["clientAuth"];
  /** The HTTP server behind, on 127.0.0.1, that talks plainly and asks peer() about each request. */
  readonly targetPort: number;
}

export interface ClientCertificateFront {
  readonly port: number;
  /**
   * Who is at the other end of what reached the HTTP server from `port` of 127.0.0.1. undefined: it did not come through here but from
   * another program on this machine, and must be refused.
   */
  peer(port: number): Peer | undefined;
  /** For connections from now on. @throws KasaneError `usage` for a key that does not fit; then all stays as it was */
  reload(tls: FrontTls): void;
  /** Takes no more connections. `isAbrupt`: ends those that are open as well. */
  stop(options?: { isAbrupt?: boolean }): void;
}

const handshakeTimeoutMs = 20_000;

/**
 * Ends TLS and passes plain bytes on to an HTTP server in the same process. It is there because Bun's HTTP server verifies client
 * certificates but tells nobody whose they were; what it costs is one copy through the loopback interface (1.1 GB/s where Bun's own
 * TLS does 1.4).
 * @throws KasaneError `io`, `usage`
 */
export async function listenWithClientCertificates(options: FrontOptions): Promise<ClientCertificateFront> {
  const peers = new Map<number, Peer>();
  const open = new Set<Socket>();
  const server = guarded(() =>
    createServer(
      {
        ...contextOf(options.tls),
        requestCert: true,
        // Refused by hand below: a client without a certificate may be welcome, one with a foreign one is not.
        rejectUnauthorized: false,
        ALPNProtocols: ["http/1.1"],
        handshakeTimeout: handshakeTimeoutMs,
      },
      (client) => {
        if (isWelcome(client, options.clientAuth)) passOn(client, { options, peers, open });
        else client.destroy();
      },
    ),
  );
  // A client that speaks no TLS, or gives up: nothing that anybody here could do something about.
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(options, error)));
    server.listen(options.port, options.hostname, resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    peer: (port) => peers.get(port),
    reload: (tls) => guarded(() => server.setSecureContext(contextOf(tls))),
    stop({ isAbrupt = false } = {}) {
      server.close();
      if (isAbrupt) for (const socket of open) socket.destroy();
    },
  };
}

/** The order matters: the peer is written down before the first byte goes to the HTTP server. */
function passOn(
  client: TLSSocket,
  { options, peers, open }: { options: FrontOptions; peers: Map<number, Peer>; open: Set<Socket> },
): void {
  const peer = peerOf(client);
  const inner = connect({ port: options.targetPort, host: "127.0.0.1", noDelay: true });
  let port = 0;
  open.add(client);
  inner.once("connect", () => {
    port = inner.localPort!;
    peers.set(port, peer);
    client.pipe(inner);
    inner.pipe(client);
  });
  const end = () => {
    if (peers.get(port) === peer) peers.delete(port);
    open.delete(client);
    client.destroy();
    inner.destroy();
  };
  for (const socket of [client, inner]) socket.on("error", end).on("close", end);
}

/** Distribution's four ways: asked for, demanded, verified if given, demanded and verified. */
function isWelcome(client: TLSSocket, clientAuth: TlsConfig["clientAuth"]): boolean {
  if (clientAuth === "request") return true;
  const hasCertificate = client.getPeerCertificate()?.raw !== undefined;
  if (clientAuth === "require") return hasCertificate;
  if (clientAuth === "verify-if-given" && !hasCertificate) return true;
  return hasCertificate && client.authorized;
}

function peerOf(client: TLSSocket): Peer {
  const address = (client.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, "");
  const certificate = client.authorized ? client.getPeerCertificate() : undefined;
  if (certificate?.raw === undefined) return { address };
  return { address, certificate: { commonName: commonNameOf(certificate), names: namesOf(certificate) } };
}

const printable = /^[\x20-\x7e\u00a0-\uffff]{1,256}$/;

/** Two common names are none: it is anybody's guess which one was meant. */
function commonNameOf({ subject }: PeerCertificate): string {
  const name: unknown = subject?.CN;
  return typeof name === "string" && printable.test(name) ? name : "";
}

/** The text is a list without safe separators: names that need quoting are left out. */
function namesOf({ subjectaltname = "" }: PeerCertificate): string[] {
  if (subjectaltname.includes('"')) return [];
  return [...subjectaltname.matchAll(/(?:^|, )(?:DNS|IP Address|URI|email):([^,\s]+)(?=, |$)/g)].map(
    (found) => found[1]!,
  );
}

function contextOf({ certificate, key, authorities, minimumVersion }: FrontTls) {
  return { cert: certificate, key, ca: [...authorities], minVersion: minimumVersion };
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new KasaneError("usage", `cannot use the TLS certificate and key: ${messageOf(error)}`, {
      cause: error,
      hint: "check that both are PEM files and belong together",
    });
  }
}

function listenError({ hostname, port }: FrontOptions, error: Error): KasaneError {
  const isTaken = errnoOf(error) === "EADDRINUSE";
  return new KasaneError(
    "io",
    `cannot listen on ${hostname}:${port}: ${isTaken ? "the address is in use" : messageOf(error)}`,
    {
      cause: error,
      ...(isTaken ? { hint: "choose another port, or 0 for a free one" } : {}),
    },
  );
}
