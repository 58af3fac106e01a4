import { machineAuthorities, type Trust } from "./certificates.ts";
import { proxyFor } from "./proxy.ts";
import type { Send } from "./transport.ts";

/**
 * Bun's fetch with this registry's certificates and the user's proxies. The client certificate is shown to `origin` only;
 * the private authorities hold for storage and token servers behind it as well, as Docker has it.
 */
export function networkSend(options: {
  origin: URL;
  trust: Trust;
  verify: boolean;
  env: Readonly<Record<string, string | undefined>>;
}): Send {
  let own: Promise<Bun.FetchSession> | undefined;
  let other: Promise<Bun.FetchSession> | undefined;
  const { origin, trust, verify, env } = options;
  const session = async (withClient: boolean) =>
    new Bun.FetchSession({
      tls: {
        rejectUnauthorized: verify,
        ...(verify ? { ca: [...(await machineAuthorities()), ...trust.authorities] } : {}),
        ...(withClient && trust.certificate && trust.key ? { cert: trust.certificate, key: trust.key } : {}),
      },
    });
  return async (url, init) => {
    const proxy = proxyFor(url, env);
    const proxyOption = proxy === undefined ? false : { url: proxy, respectNoProxy: false };
    // `timeout: false`: the transport has its own clock, and Bun's would end a long upload.
    const options: BunFetchRequestInit & { timeout: false } = {
      ...init,
      decompress: false,
      timeout: false,
      proxy: proxyOption,
    };
    if (url.protocol === "http:") return fetch(url, options);
    const isOwn = url.origin === origin.origin;
    if (isOwn) own ??= session(true);
    else other ??= session(false);
    return fetch(url, { ...options, session: (await (isOwn ? own : other))! });
  };
}
