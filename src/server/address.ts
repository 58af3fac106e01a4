import { KasaneError } from "../lib/mod.ts";

export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

const defaultHostname = "127.0.0.1";
const defaultPort = 5000;

/**
 * `host:port`, `host`, `:port` or `port`; what is left out is 127.0.0.1 and 5000. Nothing but the address itself opens the
 * server to other machines: `:5000` stays on this one, `0.0.0.0:5000` does not.
 * @throws KasaneError `usage`
 */
export function parseAddress(text = ""): ListenAddress {
  const [, portAlone] = /^:?(\d{1,5})$/.exec(text) ?? [];
  const [, bracketed, name, port] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const hostname = portAlone !== undefined || text === "" ? defaultHostname : (bracketed ?? name);
  const number = Number(portAlone ?? port ?? defaultPort);
  if (hostname === undefined || number > 65535) {
    throw new KasaneError("usage", `${JSON.stringify(text)} is not an address to listen on`, {
      hint: "write HOST:PORT, for example 127.0.0.1:5000 or [::1]:5000",
    });
  }
  return { hostname, port: number };
}

/** True where only programs of this machine can connect. */
export function isLoopbackAddress(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
