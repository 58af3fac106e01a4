import { KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { membersOf } from "./members.ts";
import { discardNetwork, type Network } from "./networks.ts";
import { parseSubnet } from "./subnet.ts";

const drivers: Record<string, string | undefined> = { host: "host", none: "null", private: "private" };

/** What there is without being made, as `network ls` has it. */
export function builtInNetworks(): Network[] {
  return Object.keys(drivers).map((name) => ({
    ...{ name, id: new Bun.CryptoHasher("sha256").update(`network ${name}`).digest("hex") },
    ...{ createdAtMs: 0, labels: {}, options: {}, subnet: "", gateway: "", isInternal: false },
  }));
}

export function driverOf({ name }: Pick<Network, "name">): string {
  return drivers[name] ?? "bridge";
}

/** A network as docker's `network inspect` shows it. */
export function inspectNetwork(store: Pick<LocalStore, "root">, network: Network): Record<string, unknown> {
  const { name, id, createdAtMs, labels, options, subnet, gateway, isInternal } = network;
  const members = subnet === "" ? [] : membersOf(store, network);
  return {
    Name: name,
    Id: id,
    Created: new Date(createdAtMs).toISOString(),
    Scope: "local",
    Driver: driverOf(network),
    EnableIPv6: false,
    IPAM: {
      Driver: "default",
      Options: {},
      Config: subnet === "" ? [] : [{ Subnet: subnet, Gateway: gateway }],
    },
    Internal: isInternal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      members.map(({ containerId, containerName, mac, address }) => [
        containerId,
        {
          Name: containerName,
          EndpointID: "",
          MacAddress: mac,
          IPv4Address: `${address}/${parseSubnet(subnet).prefixLength}`,
          IPv6Address: "",
        },
      ]),
    ),
    Options: options,
    Labels: labels,
  };
}

/** @throws KasaneError `conflict` while containers run in it */
export function removeNetwork(store: Pick<LocalStore, "root">, network: Network): void {
  const [first, ...others] = membersOf(store, network);
  if (first !== undefined) {
    const names = [first, ...others].map(({ containerName }) => containerName).join(", ");
    throw new KasaneError("conflict", `network ${network.name} has active endpoints: ${names}`, {
      hint: "stop these containers, or take them out with 'kasane network disconnect'",
      data: { exitCode: 1 },
    });
  }
  discardNetwork(store, network);
}
