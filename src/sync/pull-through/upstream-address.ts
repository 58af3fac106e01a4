import { isDockerHub } from "../../distribution/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { UpstreamConfig } from "../upstream-config.ts";

/** Where an upstream is. */
export interface UpstreamAddress {
  /** With port where it has one. */
  readonly host: string;
  /** undefined: found out as for any registry a user names. */
  readonly scheme: "https" | "http" | undefined;
  readonly isDockerHub: boolean;
}

/** Reads `url` of an upstream: a URL without a path, or a host. @throws KasaneError `usage` */
export function upstreamAddress({ name, url }: Pick<UpstreamConfig, "name" | "url">): UpstreamAddress {
  const [, scheme, host] = /^(?:(https?):\/\/)?([^/?#@\s]+)\/?$/.exec(url) ?? [];
  if (host === undefined || !URL.canParse(`https://${host}`)) {
    throw new KasaneError("usage", `the url of the upstream ${name} is not a registry's`, {
      hint: "write https:// and a host without a path, for example https://registry-1.docker.io",
    });
  }
  return { host, scheme: scheme as "https" | "http" | undefined, isDockerHub: isDockerHub(host) };
}
