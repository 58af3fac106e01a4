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
    help: "private (default), host, none or container:NAME",
  },
  {
    name: "publish",
    short: "p",
    type: "strings",
    value: "[IP:][HOSTPORT]:PORT[/udp]",
    help: "Port of the container that is reached from this machine (from elsewhere: name an address, such as 0.0.0.0)",
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
    "../../container/mod.ts"
  );
  const mode = parseNetworkMode(flags.string("network"));
  const other = mode.startsWith("container:") ? mode.slice("container:".length) : undefined;
  const network = other === undefined ? mode : `container:${(await getContainer(store, other)).id}`;
  if (flags.strings("publish").length > 0 || flags.boolean("publish-all")) {
    if (network === "host") warn(terminal, "Published ports are discarded when using host network mode");
    if (other !== undefined) throw contradiction("port publishing");
  }
  return {
    network,
    expose: flags.strings("expose").flatMap(parseExpose),
    connection: {
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

function nameServer(text: string): string {
  if (/^[\d.]+$|:/.test(text)) return text;
  throw new KasaneError("usage", `${JSON.stringify(text)} is not an ip address`, {
    hint: "a name server is named by its address",
    data: { exitCode: 125 },
  });
}
