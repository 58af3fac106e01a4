import { isLoopbackHost } from "./host.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for a request by HTTP_PROXY, HTTPS_PROXY and NO_PROXY (either case), undefined for none. The rules are those of
 * the Go programs users come from: loopback hosts are never proxied; NO_PROXY holds hosts, domains (with their sub-domains),
 * addresses, CIDR blocks, each with optional port, or `*`.
 */
export function proxyFor(url: URL, env: Env = process.env): string | undefined {
  const names = url.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const proxy = firstOf(env, names);
  if (proxy === undefined || isLoopbackHost(url.host)) return undefined;
  const exceptions = firstOf(env, ["NO_PROXY", "no_proxy"]) ?? "";
  if (exceptions.split(",").some((entry) => matches(entry.trim().toLowerCase(), url))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function firstOf(env: Env, names: readonly string[]): string | undefined {
  for (const name of names) if (env[name]) return env[name];
  return undefined;
}

function matches(entry: string, url: URL): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
  if (entry.includes("/")) return inBlock(host, entry);
  const [, name = "", port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && port !== (url.port || (url.protocol === "https:" ? "443" : "80"))) return false;
  const domain = name.replace(/^\*?\./, "");
  return (host === domain && !/^\*?\./.test(name)) || (domain !== "" && host.endsWith(`.${domain}`));
}

function inBlock(host: string, block: string): boolean {
  const [address = "", length = ""] = block.split("/");
  const bits = Number(length);
  const a = ipv4Number(host);
  const b = ipv4Number(address);
  if (a === undefined || b === undefined || !Number.isInteger(bits) || bits < 0 || bits > 32) return false;
  return bits === 0 || a >>> (32 - bits) === b >>> (32 - bits);
}

function ipv4Number(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0) >>> 0;
}
