import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Registry } from "./registry.ts";

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/** A request exactly as it is written here: clients of HTTP add headers and tidy up paths. */
export async function sendRaw(
  registry: Registry,
  target: string,
  lines: readonly string[] = [],
): Promise<RawAnswer> {
  const url = new URL(registry.url);
  const own = Object.entries(registry.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const head = [`GET ${target} HTTP/1.1`, `Host: ${url.host}`, "Connection: close", ...own, ...lines];
  const to = { host: url.hostname, port: Number(url.port || (url.protocol === "https:" ? 443 : 80)) };
  const socket =
    url.protocol === "https:"
      ? connectTls({ ...to, ...(registry.authority === undefined ? {} : { ca: registry.authority }) })
      : connect(to);
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => {
      const text = Buffer.concat(chunks).toString();
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      if (status === undefined)
        reject(new Error(`${target} was answered with no HTTP: ${text.slice(0, 100)}`));
      else resolve({ status: Number(status), text });
    });
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
  });
}
