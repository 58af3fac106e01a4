import type { Container, ContainerSettings } from "../container.ts";
import { connectionOf } from "./connection.ts";
import { type BoundPort, hostAddress, type PublishedPort, portKey } from "./publish.ts";

/** The part of Docker's HostConfig that tells how a container is to be connected. */
export function hostConfigOfNetwork(settings: ContainerSettings) {
  const { ports = [], publishAll = false } = settings.connection ?? {};
  const { dns, extraHosts } = connectionOf(settings);
  return {
    NetworkMode: settings.network,
    PortBindings: grouped(ports, ({ hostIp, hostPorts: [first, last] }) => ({
      HostIp: hostIp,
      HostPort: first === 0 ? "" : first === last ? String(first) : `${first}-${last}`,
    })),
    ExtraHosts: extraHosts.length > 0 ? extraHosts : null,
    Dns: dns.servers,
    DnsOptions: dns.options,
    DnsSearch: dns.search,
    PublishAllPorts: publishAll,
  };
}

/** Docker's NetworkSettings. */
export function networkSettings({
  settings,
  state,
}: Pick<Container, "settings" | "state">): Record<string, unknown> {
  const running = state.kind === "running" ? state.network : undefined;
  const address = {
    EndpointID: "",
    Gateway: running?.gateway ?? "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: running?.address ?? "",
    IPPrefixLen: running?.prefixLength ?? 0,
    IPv6Gateway: "",
    MacAddress: "",
  };
  const { EndpointID, Gateway, IPAddress, IPPrefixLen, IPv6Gateway, ...rest } = address;
  return {
    Bridge: "",
    SandboxID: "",
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    Ports: portsOf({ settings, state }),
    SandboxKey: "",
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...address,
    Networks: networksOf(
      { settings, state },
      { EndpointID, Gateway, IPAddress, IPPrefixLen, IPv6Gateway, ...rest },
    ),
  };
}

function networksOf(
  { settings, state }: Pick<Container, "settings" | "state">,
  address: Record<string, unknown>,
): Record<string, unknown> {
  const { memberships } = connectionOf(settings);
  const running = state.kind === "running" ? state.network?.memberships : undefined;
  const members = memberships.map(({ network, aliases = [], address: wanted }) => {
    const now = running?.find((one) => one.network === network);
    const whole = {
      IPAMConfig: wanted === undefined ? {} : { IPv4Address: wanted },
      Links: null,
      Aliases: aliases,
      NetworkID: now?.networkId ?? "",
      ...address,
      Gateway: now?.gateway ?? "",
      IPAddress: now?.address ?? "",
      IPPrefixLen: now?.prefixLength ?? 0,
      MacAddress: now?.mac ?? "",
      DriverOpts: null,
    };
    return [network, whole];
  });
  const own = ["private", "host", "none"].includes(settings.network)
    ? {
        [settings.network]: {
          IPAMConfig: null,
          Links: null,
          Aliases: null,
          NetworkID: "",
          ...address,
          DriverOpts: null,
        },
      }
    : {};
  return { ...own, ...Object.fromEntries(members) };
}

/** Every port that the running container serves: where it is published, or null. */
function portsOf({ settings, state }: Pick<Container, "settings" | "state">): Record<string, unknown> {
  if (state.kind !== "running" || state.network === undefined) return {};
  const unpublished = Object.keys(settings.config.ExposedPorts ?? {}).map((key) => [withProtocol(key), null]);
  const published = grouped(state.network.ports, ({ hostIp, hostPort }) => ({
    ...{ HostIp: hostIp, HostPort: String(hostPort) },
  }));
  return { ...Object.fromEntries(unpublished), ...published };
}

function withProtocol(key: string): string {
  return key.includes("/") ? key : `${key}/tcp`;
}

function grouped<T extends BoundPort | PublishedPort>(
  ports: readonly T[],
  entryOf: (port: T) => object,
): Record<string, object[]> {
  const groups: Record<string, object[]> = {};
  for (const port of ports) {
    const key = portKey(port);
    groups[key] = [...(groups[key] ?? []), entryOf(port)];
  }
  return groups;
}

/**
 * The ports of a container that runs, as `ps` lists them: `127.0.0.1:8080->80/tcp, 443/tcp`, neighbours as one range.
 */
export function portsText(container: Pick<Container, "settings" | "state">): string {
  const { state, settings } = container;
  if (state.kind !== "running" || state.network === undefined) return "";
  const published = state.network.ports;
  const known = new Set(published.map(portKey));
  const exposed = Object.keys(settings.config.ExposedPorts ?? {}).map(withProtocol);
  const lines: Line[] = [
    ...published.map((port) => ({ ...port, host: hostAddress(port).replace(/:\d+$/, "") })),
    ...exposed
      .filter((key) => !known.has(key))
      .map((key) => ({
        containerPort: Number.parseInt(key, 10),
        protocol: key.slice(key.indexOf("/") + 1),
      })),
  ];
  return ranges(lines.sort(inDockersOrder)).map(textOf).join(", ");
}

interface Line {
  readonly host?: string;
  readonly hostPort?: number;
  readonly containerPort: number;
  readonly protocol: string;
  readonly count?: number;
}

function inDockersOrder(a: Line, b: Line): number {
  return (
    a.containerPort - b.containerPort ||
    (a.host ?? "").localeCompare(b.host ?? "") ||
    (a.hostPort ?? 0) - (b.hostPort ?? 0) ||
    a.protocol.localeCompare(b.protocol)
  );
}

/** Neighbours that are published at neighbours become one line. */
function ranges(lines: readonly Line[]): Line[] {
  const joined: Line[] = [];
  for (const line of lines) {
    const index = joined.findIndex(
      (one) =>
        one.host === line.host &&
        one.protocol === line.protocol &&
        one.containerPort + (one.count ?? 1) === line.containerPort &&
        (one.hostPort === undefined || one.hostPort + (one.count ?? 1) === line.hostPort) &&
        // Docker joins those whose numbers are the same on both sides.
        (one.hostPort === undefined || one.hostPort === one.containerPort),
    );
    const one = joined[index];
    if (one === undefined) joined.push(line);
    else joined[index] = { ...one, count: (one.count ?? 1) + 1 };
  }
  return joined;
}

function textOf({ host, hostPort, containerPort, protocol, count = 1 }: Line): string {
  const range = (first: number) => (count === 1 ? `${first}` : `${first}-${first + count - 1}`);
  const inner = `${range(containerPort)}/${protocol}`;
  return hostPort === undefined ? inner : `${host}:${range(hostPort)}->${inner}`;
}
