/** The Go types behind `.NetworkSettings` of docker's `container inspect`. */
import { goBool, goInt, goString, map, pointer, slice, struct } from "../../template/mod.ts";
import { portMap } from "./host-config-type.ts";

const addresses = slice(struct("network.Address", { Addr: goString, PrefixLen: goInt }));

const base = struct("types.NetworkSettingsBase", {
  Bridge: goString,
  SandboxID: goString,
  HairpinMode: goBool,
  LinkLocalIPv6Address: goString,
  LinkLocalIPv6PrefixLen: goInt,
  Ports: portMap,
  SandboxKey: goString,
  SecondaryIPAddresses: addresses,
  SecondaryIPv6Addresses: addresses,
});

const ofDefaultNetwork = struct("types.DefaultNetworkSettings", {
  EndpointID: goString,
  Gateway: goString,
  GlobalIPv6Address: goString,
  GlobalIPv6PrefixLen: goInt,
  IPAddress: goString,
  IPPrefixLen: goInt,
  IPv6Gateway: goString,
  MacAddress: goString,
});

const endpoint = struct("network.EndpointSettings", {
  IPAMConfig: pointer(
    struct("network.EndpointIPAMConfig", {
      IPv4Address: { type: goString, omitEmpty: true },
      IPv6Address: { type: goString, omitEmpty: true },
      LinkLocalIPs: { type: slice(goString), omitEmpty: true },
    }),
  ),
  Links: slice(goString),
  Aliases: slice(goString),
  NetworkID: goString,
  EndpointID: goString,
  Gateway: goString,
  IPAddress: goString,
  IPPrefixLen: goInt,
  IPv6Gateway: goString,
  GlobalIPv6Address: goString,
  GlobalIPv6PrefixLen: goInt,
  MacAddress: goString,
  DriverOpts: map(goString, goString),
});

export const networkSettings = struct("types.NetworkSettings", {
  NetworkSettingsBase: { type: base, embedded: true },
  DefaultNetworkSettings: { type: ofDefaultNetwork, embedded: true },
  Networks: map(goString, pointer(endpoint)),
});
