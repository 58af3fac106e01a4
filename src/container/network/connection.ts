import type { ContainerSettings } from "../container.ts";
import type { DnsOptions, HostsEntry } from "./network-files.ts";
import { type PublishedPort, publishExposed } from "./publish.ts";

/** How a container is connected, as it was asked for. */
export interface ConnectionSettings {
  readonly ports?: readonly PublishedPort[];
  /** -P: exposed ports are published as well. */
  readonly publishAll?: boolean;
  readonly dns?: DnsOptions;
  /** `NAME:ADDRESS` of --add-host; an address may be `host-gateway`. */
  readonly extraHosts?: readonly string[];
  /** Networks it is a member of. */
  readonly memberships?: readonly Membership[];
}

export interface Membership {
  /** Its name. */
  readonly network: string;
  /** What it is called there beside its name. */
  readonly aliases?: readonly string[];
  /** The one it asks for. */
  readonly address?: string;
}

const noDns: DnsOptions = { servers: [], search: [], options: [] };

/** With what it comes to. */
export function connectionOf({ connection, config }: Pick<ContainerSettings, "connection" | "config">) {
  const published = connection?.ports ?? [];
  const exposed = Object.keys(config.ExposedPorts ?? {});
  return {
    ports: connection?.publishAll ? [...published, ...publishExposed(exposed, published)] : published,
    dns: connection?.dns ?? noDns,
    extraHosts: connection?.extraHosts ?? [],
    memberships: connection?.memberships ?? [],
  };
}

/** The lines that --add-host makes. */
export function extraEntries(extraHosts: readonly string[], gateway: () => string): HostsEntry[] {
  return extraHosts.map((text) => {
    const colon = text.indexOf(":");
    const address = text.slice(colon + 1);
    return { address: address === "host-gateway" ? gateway() : address, names: [text.slice(0, colon)] };
  });
}
