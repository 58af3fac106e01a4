import { KasaneError } from "../lib/mod.ts";

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const hubNames = new Set(["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]);

/** Where the API of a registry is: Docker Hub's is not at the host its images are named after. */
export function apiHost(host: string): string {
  return isDockerHub(host) ? "registry-1.docker.io" : host;
}

export function isDockerHub(host: string): boolean {
  return hubNames.has(host);
}

/** A host with optional port that cannot smuggle a path, a user or a query into a URL. @throws KasaneError `invalid-reference` */
export function checkHost(host: string): string {
  if (hostPattern.test(host) && URL.canParse(`https://${host}`)) return host;
  throw new KasaneError("invalid-reference", `${JSON.stringify(host.slice(0, 256))} is not a registry host`, {
    hint: "a registry is a host name with an optional port: registry.example.com:5000",
  });
}

/** True for `localhost`, 127.0.0.0/8 and `[::1]`, with or without a port: what Docker takes for its own machine. */
export function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:[0-9]+$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

/** One way to reach a registry. */
export interface Origin {
  readonly url: URL;
  /** Whether its certificate must be a good one. */
  readonly verify: boolean;
}

/**
 * The ways to reach a registry, best first. Plain HTTP is only among them for loopback hosts or where verification was
 * switched off, and only behind HTTPS, so that a credential never goes out in clear text by accident.
 */
export function originsOf(
  host: string,
  options: { tlsVerify: boolean | undefined; privateTrust: boolean; scheme?: "https" | "http" | undefined },
): Origin[] {
  const api = apiHost(checkHost(host));
  if (options.scheme !== undefined) {
    return [{ url: new URL(`${options.scheme}://${api}`), verify: options.tlsVerify !== false }];
  }
  const https = new URL(`https://${api}`);
  const http = new URL(`http://${api}`);
  if (options.tlsVerify === false) {
    return [
      { url: https, verify: false },
      { url: http, verify: false },
    ];
  }
  if (options.tlsVerify === undefined && isLoopbackHost(host)) {
    // A private authority was set up for this host on purpose: then its certificate counts.
    return [
      { url: https, verify: options.privateTrust },
      { url: http, verify: false },
    ];
  }
  return [{ url: https, verify: true }];
}
