import { KasaneError } from "../../lib/mod.ts";
import { type FrontTls, listenWithClientCertificates } from "../tls/client-certificate-front.ts";
import { startBunServer } from "./bun-server.ts";
import type { Listener, ListenOptions, ServerTls } from "./listener.ts";

/** Listens as the options say. @throws KasaneError `io`, `usage` */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { tls } = options;
  if (tls?.clients) return listenBehindFront(options, { ...tls, clients: tls.clients });
  return tls ? listenWithTls(options, tls) : listenPlainly(options);
}

function listenPlainly(options: ListenOptions): Listener {
  const server = startBunServer(options);
  return {
    port: server.port!,
    reload: () => {
      throw new KasaneError("usage", "a server without TLS has no certificate to replace");
    },
    ...endingOf([server]),
  };
}

/**
 * Bun's server cannot change its certificate, so a new server with the new one takes over the port, and the old one only finishes what it
 * has. Both must share the port for a moment; that nobody else listens there is found out before.
 */
function listenWithTls(options: ListenOptions, tls: ServerTls): Listener {
  const probe = startBunServer({ ...options, tls });
  const address = { ...options.address, port: probe.port! };
  probe.stop(true);
  const start = (changed: ServerTls) =>
    startBunServer({ ...options, address, tls: changed, isPortShared: true });
  const servers = [start(tls)];
  return {
    port: address.port,
    reload(changed) {
      servers.push(start(changed));
      const former = servers.at(-2)!;
      // Bun closes what is idle or in the middle of its handshake: of 1200 connections during 340 reloads, 10 to 18 had to be made again.
      void former.stop().then(() => {
        servers.splice(servers.indexOf(former), 1);
      });
    },
    ...endingOf(servers),
  };
}

async function listenBehindFront(
  options: ListenOptions,
  tls: ServerTls & { clients: NonNullable<ServerTls["clients"]> },
): Promise<Listener> {
  const { idleMs, handle, address } = options;
  const server = startBunServer({
    address: { hostname: "127.0.0.1", port: 0 },
    idleMs,
    handle,
    needsPeer: true,
    peerAt: (port) => front.peer(port),
  });
  const front = await listenWithClientCertificates({
    ...address,
    tls: frontTls(tls),
    clientAuth: tls.clients.auth,
    targetPort: server.port!,
  }).catch((error) => {
    server.stop(true);
    throw error;
  });
  const ending = endingOf([server]);
  return {
    port: front.port,
    reload: (changed) => front.reload(frontTls(changed)),
    drain() {
      front.stop();
      return ending.drain();
    },
    close() {
      front.stop({ isAbrupt: true });
      return ending.close();
    },
  };
}

function frontTls({ certificate, key, clients, minimumVersion = "TLSv1.2" }: ServerTls): FrontTls {
  return { certificate, key, minimumVersion, authorities: clients?.authorities ?? [] };
}

function endingOf(servers: readonly Bun.Server<undefined>[]): Pick<Listener, "drain" | "close"> {
  return {
    async drain() {
      // Resolves when every answer has been sent; idle connections do not count.
      await Promise.all(servers.map((server) => server.stop()));
    },
    async close() {
      await Promise.all(servers.map((server) => server.stop(true)));
    },
  };
}
