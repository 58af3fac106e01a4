import { KasaneError } from "../../lib/mod.ts";
import { isIPv4, isIPv6, type Protocol } from "../../network/mod.ts";
import type { RuntimeConfig } from "../../oci/mod.ts";
import type { ConnectionSettings } from "./connection.ts";

/** A port of a container that is to be reached from this machine. */
export interface PublishedPort {
  /** Empty: what was asked for names none. */
  readonly hostIp: string;
  /** The first free one of these; 0: any that is free. */
  readonly hostPorts: readonly [first: number, last: number];
  readonly containerPort: number;
  readonly protocol: Protocol;
}

/** Where a published port is reached while the container runs. */
export interface BoundPort {
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: Protocol;
}

/** Where nothing else is asked for: nobody but this machine. */
export const defaultHostIp = "127.0.0.1";

/**
 * `[IP:][HOSTPORT]:PORT[/PROTOCOL]` of `-p`, with ranges `FIRST-LAST`; PORT alone is published at any free one.
 * @throws KasaneError `usage`
 */
export function parsePublish(text: string): PublishedPort[] {
  const invalid = (why: string) =>
    new KasaneError("usage", `invalid port ${JSON.stringify(text)}: ${why}`, {
      hint: "for example 8080:80, 127.0.0.1:5353:53/udp or 8000-8009:8000-8009",
      data: { exitCode: 125 },
    });
  const [spec = "", protocol = "tcp", ...others] = text.split("/");
  if (others.length > 0 || (protocol !== "tcp" && protocol !== "udp"))
    throw invalid("the protocol is tcp or udp");
  const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(?:([^:]*):)?([^:]*)$/.exec(spec);
  if (match === null) throw invalid("it is not [IP:][HOSTPORT]:PORT");
  const [, ipv6, first, second, container = ""] = match;
  const isThreeParts = second !== undefined || ipv6 !== undefined;
  const hostIp = ipv6 ?? (isThreeParts ? first! : "");
  const host = isThreeParts ? (second ?? "") : (first ?? "");
  if (hostIp !== "" && !isIPv4(hostIp) && !isIPv6(hostIp)) throw invalid(`${hostIp} is not an address`);
  const ports = range(container, 1) ?? fail(invalid("the container's port is a number from 1 to 65535"));
  const hosts = host === "" ? undefined : (range(host, 0) ?? fail(invalid("a port is a number up to 65535")));
  const count = ports[1] - ports[0] + 1;
  if (hosts !== undefined && count > 1 && hosts[1] - hosts[0] + 1 !== count)
    throw invalid("the two ranges are of different length");
  return Array.from({ length: count }, (_, index) => ({
    hostIp,
    hostPorts: hosts === undefined ? [0, 0] : count === 1 ? hosts : [hosts[0] + index, hosts[0] + index],
    containerPort: ports[0] + index,
    protocol,
  }));
}

function fail(error: KasaneError): never {
  throw error;
}

function range(text: string, least: number): [number, number] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first >= least && last >= first && last <= 65_535 ? [first, last] : undefined;
}

/** `PORT[-LAST][/PROTOCOL]` of `--expose`, as image configurations have it. @throws KasaneError `usage` */
export function parseExpose(text: string): string[] {
  const [ports = "", protocol = "tcp", ...others] = text.split("/");
  const both = range(ports, 1);
  if (both === undefined || others.length > 0 || !["tcp", "udp", "sctp"].includes(protocol)) {
    throw new KasaneError("usage", `invalid port ${JSON.stringify(text)}`, {
      hint: "for example 80, 53/udp or 8000-8009",
      data: { exitCode: 125 },
    });
  }
  return Array.from({ length: both[1] - both[0] + 1 }, (_, index) => `${both[0] + index}/${protocol}`);
}

/** What -P adds: every exposed port that is not published by name. */
export function publishExposed(
  exposed: readonly string[],
  published: readonly PublishedPort[],
): PublishedPort[] {
  const known = new Set(published.map(portKey));
  return exposed
    .flatMap((text) => {
      const [ports = "", protocol = "tcp"] = text.split("/");
      const both = range(ports, 1);
      if (both === undefined || (protocol !== "tcp" && protocol !== "udp")) return [];
      return Array.from(
        { length: both[1] - both[0] + 1 },
        (_, index): PublishedPort => ({
          ...{ hostIp: "", hostPorts: [0, 0], containerPort: both[0] + index, protocol },
        }),
      );
    })
    .filter((port) => !known.has(portKey(port)));
}

/** `80/tcp`. */
export function portKey({ containerPort, protocol }: Pick<BoundPort, "containerPort" | "protocol">): string {
  return `${containerPort}/${protocol}`;
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function hostAddress({ hostIp, hostPort }: Pick<BoundPort, "hostIp" | "hostPort">): string {
  return `${isIPv6(hostIp) ? `[${hostIp}]` : hostIp}:${hostPort}`;
}

/** A configuration with every port that the container serves. */
export function exposing(
  config: RuntimeConfig,
  { expose = [], connection }: { expose?: readonly string[]; connection?: ConnectionSettings },
): RuntimeConfig {
  const keys = [...expose, ...(connection?.ports ?? []).map(portKey)];
  if (keys.length === 0) return config;
  return {
    ...config,
    ExposedPorts: { ...config.ExposedPorts, ...Object.fromEntries(keys.map((key) => [key, {}])) },
  };
}
