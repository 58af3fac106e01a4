import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { exchangeRaw, lines } from "../../src/server/testing/raw-exchange.ts";
import type { Registry } from "./registry.ts";

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request exactly as it is written here: clients of HTTP add headers and tidy up paths. */
export async function sendRaw(
  registry: Registry,
  target: string,
  headers: readonly string[] = [],
): Promise<RawAnswer> {
  const url = new URL(registry.url);
  const own = Object.entries(registry.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const head = [`GET ${target} HTTP/1.1`, `Host: ${url.host}`, "Connection: close", ...own, ...headers];
  const to = { host: url.hostname, port: Number(url.port || (url.protocol === "https:" ? 443 : 80)) };
  const socket =
    url.protocol === "https:"
      ? connectTls({ ...to, ...(registry.authority === undefined ? {} : { ca: registry.authority }) })
      : connect(to);
  const text = await exchangeRaw(socket, lines(...head));
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  if (status === undefined) throw new Error(`${target} was answered with no HTTP: ${text.slice(0, 100)}`);
  return { status: Number(status), text };
}
