import { type BindMount, hostsFor, type SandboxStep } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { joinedPidOf } from "../exec.ts";
import { getContainer } from "../find-container.ts";
import { connectionOf, extraEntries, type Membership } from "./connection.ts";
import { hostGateway } from "./host-gateway.ts";
import { Links } from "./links.ts";
import {
  entriesText,
  networkFileNames,
  networkFilePath,
  resolvConfText,
  writeNetworkFiles,
} from "./network-files.ts";
import type { BoundPort } from "./publish.ts";

/** What a running container's row tells of its network. */
export interface RunningNetwork {
  /** IPv4, of its own. */
  readonly address?: string;
  readonly prefixLength?: number;
  readonly gateway?: string;
  readonly ports: readonly BoundPort[];
  readonly memberships?: readonly RunningMembership[];
}

/** A network it is a member of, as its row tells. */
export interface RunningMembership {
  readonly network: string;
  readonly networkId: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly mac: string;
  readonly aliases: readonly string[];
}

/** The network of one run of a container. */
export interface ContainerNetwork {
  readonly step: SandboxStep["network"];
  readonly mounts: readonly BindMount[];
  /** Absent where it has none of its own. */
  readonly running: RunningNetwork | undefined;
  /** Makes it a member of a network, or ends that, while it runs. */
  readonly join?: (membership: Membership) => Promise<RunningNetwork>;
  readonly leave?: (network: string) => Promise<RunningNetwork>;
  /** Ends what carries its packets. */
  end(): Promise<void>;
}

export interface NetworkContext {
  readonly store: LocalStore;
  readonly onWarning: (message: string) => void;
}

/**
 * Opens the published ports and writes the network files; the rest happens when the namespace is there.
 * @throws KasaneError `conflict` for a port in use, `sandbox`
 */
export async function prepareNetwork(
  context: NetworkContext,
  container: Container,
): Promise<ContainerNetwork> {
  const { network } = container.settings;
  if (network === "host" || network === "none") return unconnected(context, container, network);
  if (network.startsWith("container:")) return sharedNetwork(context, network.slice("container:".length));
  return privateNetwork(context, container);
}

/** The sandbox writes the files then, but for names and servers that were asked for. */
function unconnected(
  { store }: NetworkContext,
  container: Container,
  network: "host" | "none",
): ContainerNetwork {
  const { dns, extraHosts } = connectionOf(container.settings);
  const isAsked = extraHosts.length > 0 || Object.values(dns).some(({ length }) => length > 0);
  const { hostname } = container.settings;
  const mounts = isAsked
    ? writeNetworkFiles(store, container, {
        hosts: hostsFor({ network, hostname }) + entriesText(extraEntries(extraHosts, hostGateway)),
        resolvConf: resolvConfText(dns, { isHost: true }),
      })
    : [];
  return { step: network, mounts, running: undefined, end };
}

/** @throws KasaneError `conflict` where the other one does not run */
async function sharedNetwork({ store }: NetworkContext, id: string): Promise<ContainerNetwork> {
  const other = await getContainer(store, id);
  if (other.settings.network === "host") return { step: "host", mounts: [], running: undefined, end };
  const mounts = networkFileNames.flatMap((name) => {
    const source = networkFilePath(store, other.id, name);
    return source === "" ? [] : [{ kind: "bind", source, target: `/etc/${name}`, readOnly: false } as const];
  });
  return { step: { kind: "of", pid: joinedPidOf(other) }, mounts, running: undefined, end };
}

async function end(): Promise<void> {}

async function privateNetwork(context: NetworkContext, container: Container): Promise<ContainerNetwork> {
  const links = new Links(context, container);
  try {
    return await links.prepare();
  } catch (error) {
    await links.end();
    throw error;
  }
}
