import type { UpstreamConfig } from "../../sync/mod.ts";
import { configError } from "./config-error.ts";
import { optionalPatterns } from "./patterns.ts";
import type { Settings } from "./settings.ts";

const defaultTagTtlMs = 5 * 60_000;
/** distribution's default for `proxy.ttl`. */
const defaultProxyTtlMs = 7 * 24 * 60 * 60_000;

/** `kasane.upstreams`, and distribution's `proxy` as an upstream behind every repository. */
export function upstreamConfigs(settings: Settings): UpstreamConfig[] {
  const upstreams = settings.items("kasane.upstreams").map(upstream);
  if (settings.text("proxy.remoteurl")) upstreams.push(proxy(settings));
  else if (settings.has("proxy.username") || settings.has("proxy.password")) {
    throw configError(settings.origin("proxy"), "remoteurl is missing", "set proxy.remoteurl");
  }
  const names = upstreams.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw configError(
      settings.origin("kasane.upstreams"),
      `two have the name ${JSON.stringify(twice)}`,
      "give each a name of its own",
    );
  }
  return upstreams;
}

function upstream(section: Settings): UpstreamConfig {
  const url = upstreamUrl(section, "url");
  const only = optionalPatterns(section, "only");
  const [password, passwordPath, caPath] = ["password", "passwordfile", "ca"].map((key) => section.text(key));
  if (password && passwordPath) {
    throw configError(section.origin("passwordfile"), "there is a password beside it", "leave one of them");
  }
  return {
    name: section.text("name") ?? hostOf(url),
    url,
    prefix: prefixOf(section),
    namespaces: section.texts("namespaces") ?? [],
    hosts: section.texts("hosts") ?? [],
    ...(only ? { only } : {}),
    ...credentials(section, "username", password),
    ...(passwordPath ? { passwordPath } : {}),
    ...(caPath ? { caPath } : {}),
    isInsecure: section.flag("insecure") ?? false,
    tagTtlMs: section.number("tag-ttl") ?? defaultTagTtlMs,
    unusedTtlMs: section.number("unused-ttl") ?? 0,
    prefetch: section.texts("prefetch") ?? [],
  };
}

function proxy(settings: Settings): UpstreamConfig {
  const url = upstreamUrl(settings, "proxy.remoteurl");
  return {
    name: "proxy",
    url,
    prefix: "",
    namespaces: [],
    hosts: [],
    ...credentials(settings, "proxy.username", settings.text("proxy.password")),
    isInsecure: url.startsWith("http:"),
    // distribution asks for every tag at every pull.
    tagTtlMs: 0,
    unusedTtlMs: settings.number("proxy.ttl") ?? defaultProxyTtlMs,
    prefetch: [],
  };
}

function credentials(settings: Settings, key: string, password: string | undefined) {
  const username = settings.text(key);
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function upstreamUrl(settings: Settings, key: string): string {
  const text = settings.text(key) ?? "";
  const url = URL.parse(text.includes("://") ? text : `https://${text}`);
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    /^\/?$/.test(url.pathname) &&
    url.search === "" &&
    url.username === ""
  ) {
    return text.replace(/\/$/, "");
  }
  throw configError(
    settings.origin(key),
    `${JSON.stringify(text)} is no registry`,
    "write a host or a URL without a path: https://registry-1.docker.io",
  );
}

function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, "");
}

function prefixOf(section: Settings): string {
  const prefix = (section.text("prefix") ?? "").replace(/\/$/, "");
  if (prefix === "" || /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(prefix))
    return prefix;
  throw configError(section.origin("prefix"), `${JSON.stringify(prefix)} is no name of repositories`);
}
