import { closeSync } from "node:fs";
import { join } from "node:path";
import {
  type Forwarder,
  type Outbound,
  startForwarder,
  startOutbound,
  userNetwork,
} from "../../network/mod.ts";
import { type BindMount, type InterfaceSetup, privilege, type SandboxStep } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import { programPidOf } from "../exec.ts";
import { getContainer } from "../find-container.ts";
import { connectionOf } from "./connection.ts";
import {
  hostsText,
  networkFileNames,
  networkFilePath,
  resolvConfText,
  writeNetworkFiles,
} from "./network-files.ts";
import { type OpenPort, openPorts } from "./open-ports.ts";
import type { BoundPort } from "./publish.ts";
import { isNews } from "./tell-once.ts";

/** What a running container's row tells of its network. */
export interface RunningNetwork {
  /** IPv4, of its own. */
  readonly address?: string;
  readonly prefixLength?: number;
  readonly gateway?: string;
  readonly ports: readonly BoundPort[];
}

/** The network of one run of a container. */
export interface ContainerNetwork {
  readonly step: SandboxStep["network"];
  readonly mounts: readonly BindMount[];
  /** Absent where it has none of its own. */
  readonly running: RunningNetwork | undefined;
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
  if (network === "host" || network === "none") return { step: network, mounts: [], running: undefined, end };
  if (network.startsWith("container:")) return sharedNetwork(context, network.slice("container:".length));
  return privateNetwork(context, container);
}

/** @throws KasaneError `conflict` where the other one does not run */
async function sharedNetwork({ store }: NetworkContext, id: string): Promise<ContainerNetwork> {
  const other = await getContainer(store, id);
  if (other.settings.network === "host") return { step: "host", mounts: [], running: undefined, end };
  const mounts = networkFileNames.flatMap((name) => {
    const source = networkFilePath(store, other.id, name);
    return source === "" ? [] : [{ kind: "bind", source, target: `/etc/${name}`, readOnly: false } as const];
  });
  return { step: { kind: "of", pid: programPidOf(other) }, mounts, running: undefined, end };
}

async function end(): Promise<void> {}

async function privateNetwork(
  { store, onWarning }: NetworkContext,
  container: Container,
): Promise<ContainerNetwork> {
  const { settings, id } = container;
  const connection = connectionOf(settings);
  const { address, prefixLength, gateway, nameServer } = userNetwork;
  const mounts = writeNetworkFiles(store, container, {
    hosts: hostsText([{ address, names: [settings.hostname] }]),
    resolvConf: resolvConfText(connection.dns, { isHost: false, forwarder: nameServer }),
  });
  const ports = openPorts(connection.ports);
  const links = new Links(ports);
  const connect = async (pid: number): Promise<readonly InterfaceSetup[]> => {
    await links.end();
    const outbound = await startOutbound({
      pid,
      directory: containerDirectory(store, id),
      isRoot: privilege() === "root",
    });
    if (typeof outbound !== "string") links.outbound = outbound;
    else if (isNews(join(store.root, "networks"), outbound))
      onWarning(`containers reach nothing outside here: ${outbound}`);
    await links.forward(`/proc/${pid}/ns/net`, address);
    // Whatever else there is, it has an address that is not loopback: what is published comes from there.
    return typeof outbound === "string" ? [{ device: "lo", name: "lo:1", address, prefixLength: 32 }] : [];
  };
  return {
    step: { kind: "own", connect },
    mounts,
    running: {
      ...{ address, prefixLength, gateway },
      ports: ports.map(({ listener: _, ...port }) => port),
    },
    async end() {
      await links.end();
      for (const { listener } of ports) closeSync(listener.fd);
    },
  };
}

/** What carries packets while it runs. */
class Links {
  readonly #ports: readonly OpenPort[];
  #forwarder: Forwarder | undefined;
  outbound: Outbound | undefined;

  constructor(ports: readonly OpenPort[]) {
    this.#ports = ports;
  }

  async forward(namespace: string, address: string): Promise<void> {
    if (this.#ports.length === 0) return;
    this.#forwarder = await startForwarder({
      ...{ namespace, address },
      listeners: this.#ports.map(({ listener, containerPort }) => ({ ...listener, target: containerPort })),
    });
  }

  async end(): Promise<void> {
    const ending = [this.#forwarder?.stop(), this.outbound?.stop()];
    this.#forwarder = undefined;
    this.outbound = undefined;
    await Promise.all(ending);
  }
}
