import type { CreateOptions } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { CommandContext } from "../command.ts";
import type { Flag } from "../flags.ts";
import { warn } from "../messages/tell.ts";

/** How a new container is connected. */
export const networkFlags: readonly Flag[] = [
  {
    name: "network",
    type: "string",
    value: "NETWORK",
    help: "private (default), host, none, container:NAME, or one that 'network create' made",
  },
  {
    name: "publish",
    short: "p",
    type: "strings",
    value: "[IP:][HOSTPORT]:PORT[/udp]",
    help: "Port of the container that is reached from this machine (from elsewhere: name an address, such as 0.0.0.0)",
  },
  { name: "net", type: "string", value: "NETWORK", help: "As --network", hidden: true },
  {
    name: "network-alias",
    type: "strings",
    value: "NAME",
    help: "What it is called in its network, beside its name",
  },
  { name: "ip", type: "string", value: "ADDRESS", help: "Its address in the network" },
  {
    name: "link",
    type: "strings",
    value: "CONTAINER[:ALIAS]",
    help: "Not here: see --network",
    hidden: true,
  },
  { name: "mac-address", type: "string", value: "ADDRESS", help: "Cannot be chosen", hidden: true },
  {
    name: "add-host",
    type: "strings",
    value: "NAME:ADDRESS",
    help: "Line of /etc/hosts; host-gateway stands for this machine's address",
  },
  { name: "publish-all", short: "P", type: "boolean", help: "Publish every exposed port at a free one" },
  { name: "expose", type: "strings", value: "PORT[/udp]", help: "Port that the container serves" },
  { name: "dns", type: "strings", value: "ADDRESS", help: "Name server (default: this machine's)" },
  {
    name: "dns-search",
    type: "strings",
    value: "DOMAIN",
    help: "Domain that short names are looked up in; . for none",
  },
  {
    name: "dns-option",
    type: "strings",
    value: "OPTION",
    help: "Option of /etc/resolv.conf, for example ndots:1",
  },
];

/** What these flags ask for. @throws KasaneError `usage` */
export async function networkOptions(
  { flags, terminal }: Pick<CommandContext, "flags" | "terminal">,
  store: LocalStore,
): Promise<Pick<CreateOptions, "network" | "connection" | "expose">> {
  const { getContainer, parseExpose, parseNetworkMode, parsePublish } = await import(
    "../../container/run.ts"
  );
  const mode = parseNetworkMode(store, flags.string("network") ?? flags.string("net"));
  const other = mode.startsWith("container:") ? mode.slice("container:".length) : undefined;
  const network = other === undefined ? mode : `container:${(await getContainer(store, other)).id}`;
  if (flags.strings("publish").length > 0 || flags.boolean("publish-all")) {
    if (network === "host") warn(terminal, "Published ports are discarded when using host network mode");
    if (other !== undefined) throw contradiction("port publishing");
  }
  if (flags.string("mac-address") !== undefined) {
    throw new KasaneError("unsupported", "a MAC address cannot be chosen: it follows from the IP address", {
      hint: "leave --mac-address away; --ip chooses the address",
      data: { exitCode: 125 },
    });
  }
  if (flags.strings("link").length > 0) {
    throw new KasaneError(
      "unsupported",
      "containers are not linked: those of one network find each other by name",
      {
        hint: "make a network with 'kasane network create NET', and start both with --network NET; --network-alias gives another name",
        data: { exitCode: 125 },
      },
    );
  }
  const [aliases, address] = [flags.strings("network-alias"), flags.string("ip")];
  const isNamed = other === undefined && !["host", "none", "private"].includes(network);
  if (!isNamed && (aliases.length > 0 || address !== undefined)) {
    throw new KasaneError("usage", "names and addresses can be chosen in networks of one's own only", {
      hint: "make one with 'kasane network create', and name it with --network",
      data: { exitCode: 125 },
    });
  }
  if (other !== undefined && flags.strings("add-host").length > 0)
    throw contradiction("custom host-to-IP mapping");
  if (other !== undefined && flags.strings("dns").length > 0) throw contradiction("dns");
  return {
    network,
    expose: flags.strings("expose").flatMap(parseExpose),
    connection: {
      extraHosts: flags.strings("add-host").map(extraHost),
      ...(isNamed && { memberships: [{ network, aliases, ...(address !== undefined && { address }) }] }),
      ports: flags.strings("publish").flatMap(parsePublish),
      publishAll: flags.boolean("publish-all"),
      dns: {
        servers: flags.strings("dns").map(nameServer),
        search: flags.strings("dns-search"),
        options: flags.strings("dns-option"),
      },
    },
  };
}

function contradiction(what: string): KasaneError {
  return new KasaneError("usage", `conflicting options: ${what} and the container type network mode`, {
    hint: "what belongs to the network is said with the container whose network it is",
    data: { exitCode: 125 },
  });
}

/** `NAME:ADDRESS`. @throws KasaneError `usage` */
export function extraHost(text: string): string {
  const match = /^([^:=\s]+)[:=]\[?([\da-fA-F.:]+|host-gateway)\]?$/.exec(text);
  if (match !== null) return `${match[1]}:${match[2]}`;
  throw new KasaneError("usage", `bad format for add-host: ${JSON.stringify(text)}`, {
    hint: "for example db:10.0.0.7 or host.internal:host-gateway",
    data: { exitCode: 125 },
  });
}

/** @throws KasaneError `usage` */
export function nameServer(text: string): string {
  if (/^[\d.]+$|:/.test(text)) return text;
  throw new KasaneError("usage", `${JSON.stringify(text)} is not an ip address`, {
    hint: "a name server is named by its address",
    data: { exitCode: 125 },
  });
}
