import type { ContainerSettings } from "../container.ts";
import type { DnsOptions } from "./network-files.ts";
import { type PublishedPort, publishExposed } from "./publish.ts";

/** How a container is connected, as it was asked for. */
export interface ConnectionSettings {
  readonly ports?: readonly PublishedPort[];
  /** -P: exposed ports are published as well. */
  readonly publishAll?: boolean;
  readonly dns?: DnsOptions;
}

const noDns: DnsOptions = { servers: [], search: [], options: [] };

/** With what it comes to. */
export function connectionOf({ connection, config }: Pick<ContainerSettings, "connection" | "config">) {
  const published = connection?.ports ?? [];
  const exposed = Object.keys(config.ExposedPorts ?? {});
  return {
    ports: connection?.publishAll ? [...published, ...publishExposed(exposed, published)] : published,
    dns: connection?.dns ?? noDns,
  };
}
