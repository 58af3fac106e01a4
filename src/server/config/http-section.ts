import { messageOf } from "../../lib/mod.ts";
import { trustedProxies } from "../http/trusted-proxies.ts";
import { configError } from "./config-error.ts";
import type { HttpConfig, TlsConfig } from "./server-config.ts";
import type { Settings } from "./settings.ts";

const defaultDrainTimeoutMs = 30_000;

const clientAuthModes: Readonly<Record<string, TlsConfig["clientAuth"]>> = {
  "request-client-cert": "request",
  "require-any-client-cert": "require",
  "verify-client-cert-if-given": "verify-if-given",
  "require-and-verify-client-cert": "require-and-verify",
};

export function httpConfig(settings: Settings, warnings: string[]): HttpConfig {
  const tls = tlsConfig(settings, warnings);
  const debug = debugConfig(settings);
  const externalUrl = hostUrl(settings);
  if (settings.flag("http.http2.disabled") === false) {
    warnings.push(
      `${settings.origin("http.http2.disabled").place}: http.http2 has no meaning here: HTTP/1.1 is spoken`,
    );
  }
  return {
    address: address(settings),
    prefix: prefix(settings),
    ...(externalUrl === undefined ? {} : { externalUrl }),
    isRelativeUrls: settings.flag("http.relativeurls") ?? false,
    drainTimeoutMs: settings.number("http.draintimeout") ?? defaultDrainTimeoutMs,
    headers: settings.map<readonly string[]>("http.headers") ?? {},
    ...(tls ? { tls } : {}),
    ...(debug ? { debug } : {}),
    isMetricsOnMain: settings.flag("kasane.metrics") ?? false,
    trustedProxies: proxies(settings),
  };
}

/** In distribution's words an address without a host is all interfaces: whoever wrote it so meant it so. */
function address(settings: Settings): string {
  return onAllInterfaces(settings.text("http.addr") ?? "");
}

function onAllInterfaces(text: string): string {
  return text.startsWith(":") ? `0.0.0.0${text}` : text;
}

function prefix(settings: Settings): string {
  const text = settings.text("http.prefix") ?? "";
  if (text === "" || text === "/") return "";
  if (/^\/[A-Za-z0-9._~/-]*\/$/.test(text) && !text.includes("//")) return text;
  throw configError(
    settings.origin("http.prefix"),
    `${JSON.stringify(text)} is no path`,
    "begin and end it with a slash: /registry/",
  );
}

function hostUrl(settings: Settings): string | undefined {
  const text = settings.text("http.host");
  if (text === undefined || text === "") return undefined;
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "" && url.username === "") {
    return text.replace(/\/+$/, "");
  }
  throw configError(
    settings.origin("http.host"),
    `${JSON.stringify(text)} is no URL of a registry`,
    "write it like https://registry.example.com",
  );
}

function proxies(settings: Settings): readonly string[] {
  const key = "kasane.http.trustedproxies";
  const found = settings.texts(key) ?? [];
  try {
    trustedProxies(found);
  } catch (error) {
    throw configError(settings.origin(key), messageOf(error), (error as { hint?: string }).hint);
  }
  return found;
}

function tlsConfig(settings: Settings, warnings: string[]): TlsConfig | undefined {
  const [certificatePath, keyPath] = [settings.text("http.tls.certificate"), settings.text("http.tls.key")];
  const clientCaPaths = settings.texts("http.tls.clientcas") ?? [];
  if (!certificatePath && !keyPath) {
    // Whoever set up anything of TLS must not get a server without it.
    if (!settings.has("http.tls")) return undefined;
    throw configError(
      settings.origin("http.tls"),
      "there is no certificate",
      "set http.tls.certificate and http.tls.key",
    );
  }
  if (!certificatePath || !keyPath) {
    const missing = certificatePath ? "key" : "certificate";
    throw configError(settings.origin("http.tls"), `the ${missing} is missing`, `set http.tls.${missing}`);
  }
  const minimum = settings.text("http.tls.minimumtls") ?? "tls1.2";
  if (minimum === "tls1.0" || minimum === "tls1.1") {
    warnings.push(
      `${settings.origin("http.tls.minimumtls").place}: http.tls.minimumtls: TLS before 1.2 is not spoken`,
    );
  }
  return {
    certificatePath,
    keyPath,
    clientCaPaths,
    clientAuth: clientAuthModes[settings.text("http.tls.clientauth") ?? "require-and-verify-client-cert"]!,
    minimumVersion: minimum === "tls1.3" ? "TLSv1.3" : "TLSv1.2",
  };
}

function debugConfig(settings: Settings): HttpConfig["debug"] {
  const addr = settings.text("http.debug.addr");
  if (!addr) return undefined;
  const hasMetrics = settings.flag("http.debug.prometheus.enabled") ?? false;
  return {
    address: onAllInterfaces(addr),
    ...(hasMetrics ? { metricsPath: settings.text("http.debug.prometheus.path") ?? "/metrics" } : {}),
  };
}
