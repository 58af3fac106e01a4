import { closeSync, existsSync } from "node:fs";
import { join } from "node:path";
import { KasaneError, messageOf } from "../../lib/mod.ts";
import {
  chooseOutbound,
  type Forwarder,
  macText,
  type Outbound,
  type OutboundTarget,
  type OutboundWay,
  startForwarder,
  userNetwork,
  whyNoTun,
} from "../../network/mod.ts";
import { type InterfaceSetup, privilege } from "../../sandbox/mod.ts";
import type { Container } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import { connectionOf, extraEntries, type Membership } from "./connection.ts";
import type {
  ContainerNetwork,
  NetworkContext,
  RunningMembership,
  RunningNetwork,
} from "./container-network.ts";
import { hostGateway } from "./host-gateway.ts";
import { type Joined, joinMembers, refreshHosts } from "./members.ts";
import {
  type HostsEntry,
  hostsText,
  replaceResolvConf,
  resolvConfText,
  writeNetworkFiles,
} from "./network-files.ts";
import { type OpenPort, openPorts } from "./open-ports.ts";
import { isNews } from "./tell-once.ts";

/** A place in a network, and the thread that carries its frames once the namespace is there. */
interface Link {
  readonly membership: Membership;
  readonly joined: Joined;
  readonly device: string;
  thread?: Forwarder;
}

/** What connects a container's own network with others while it runs. */
export class Links {
  readonly #context: NetworkContext;
  readonly #container: Container;
  readonly #links: Link[] = [];
  #ports: readonly OpenPort[] = [];
  #forwarder: Forwarder | undefined;
  /** undefined: nobody wants one. */
  #way: OutboundWay | undefined;
  #outbound: Outbound | undefined;
  /** Of a process in the namespace. */
  #pid: number | undefined;
  /** Numbers of devices are not used again. */
  #devices = 0;

  constructor(context: NetworkContext, container: Container) {
    this.#context = context;
    this.#container = container;
  }

  /** Opens what is this machine's, and writes the files: all that can be refused is refused before anything runs. */
  async prepare(): Promise<ContainerNetwork> {
    const { settings } = this.#container;
    const { memberships, ports, dns } = connectionOf(settings);
    for (const membership of memberships) await this.#enter(membership);
    if (this.#reachesOut) this.#way = await chooseOutbound({ isRoot: privilege() === "root" });
    this.#ports = openPorts(ports);
    const mounts = writeNetworkFiles(this.#context.store, this.#container, {
      hosts: hostsText(this.#ownHosts(this.#address)),
      resolvConf: resolvConfText(dns, {
        isHost: false,
        forwarder: this.#way?.nameServer,
      }),
    });
    if (this.#links.length > 0) await refreshHosts(this.#context.store);
    return {
      step: { kind: "own", connect: (pid) => this.#connect(pid) },
      mounts,
      running: this.#running(),
      join: (membership) => this.#joinLive(membership),
      leave: (network) => this.#leaveLive(network),
      end: () => this.end(),
    };
  }

  get #reachesOut(): boolean {
    return (
      this.#container.settings.network === "private" ||
      this.#links.some(({ joined }) => !joined.network.isInternal)
    );
  }

  get #address(): string {
    return this.#links[0]?.joined.claim.address ?? this.#way?.address ?? userNetwork.address;
  }

  #ownHosts(address: string): HostsEntry[] {
    const { settings } = this.#container;
    const { extraHosts } = connectionOf(settings);
    const domain = settings.config.Domainname;
    const names = domain ? [`${settings.hostname}.${domain}`, settings.hostname] : [settings.hostname];
    return [{ address, names }, ...extraEntries(extraHosts, hostGateway)];
  }

  async #enter(membership: Membership): Promise<Link> {
    const joined = await joinMembers(this.#context.store, this.#container, membership, (address) =>
      this.#ownHosts(this.#links.length === 0 ? address : this.#address),
    );
    const link: Link = { membership, joined, device: `eth${this.#devices++}` };
    this.#links.push(link);
    return link;
  }

  /** May be called again, for another namespace in place of the first. */
  async #connect(pid: number): Promise<readonly InterfaceSetup[]> {
    await this.#disconnect();
    this.#pid = pid;
    const namespace = this.#namespace;
    await this.#startOutbound({ pid });
    const noTun = this.#links.length > 0 ? whyNoTun() : undefined;
    if (noTun === undefined) await Promise.all(this.#links.map((link) => this.#startLink(link)));
    else this.#tellOnce(notReaching(noTun));
    if (this.#ports.length > 0) {
      this.#forwarder = await startForwarder({
        ...{ namespace, address: this.#address, ports: [] },
        listeners: this.#ports.map(({ listener, containerPort }) => ({ ...listener, target: containerPort })),
      });
    }
    const setups = this.#outbound?.setups ?? [];
    const isLinked = this.#links.length > 0;
    if (isLinked ? noTun === undefined : this.#outbound !== undefined) return setups;
    // Whatever else there is, it has its addresses: what is published comes from there, not from loopback.
    const addresses = isLinked ? this.#links.map(({ joined }) => joined.claim.address) : [this.#address];
    const aliases = addresses.map((address, index) => ({
      ...{ device: "lo", name: `lo:${index + 1}`, address, prefixLength: 32 },
    }));
    return [...setups, ...aliases];
  }

  #tellOnce(message: string): void {
    const { store, onWarning } = this.#context;
    if (isNews(join(store.root, "networks"), message)) onWarning(message);
  }

  get #namespace(): string {
    return `/proc/${this.#pid}/ns/net`;
  }

  async #startOutbound({ pid, isRunning }: Pick<OutboundTarget, "pid" | "isRunning">): Promise<void> {
    if (this.#way === undefined) return;
    const target = {
      ...{ pid, isRunning: isRunning ?? false, device: `eth${this.#devices++}` },
      directory: containerDirectory(this.#context.store, this.#container.id),
    };
    try {
      this.#outbound = await this.#way.connect(target);
    } catch (error) {
      // What could not enter it because it has ended says nothing of this machine.
      if (existsSync(`/proc/${pid}/ns/net`))
        this.#tellOnce(`containers reach nothing outside here: ${messageOf(error)}`);
    }
  }

  async #startLink(link: Link): Promise<void> {
    const { claim, prefixLength } = link.joined;
    const { address, directory, listener } = claim;
    link.thread = await startForwarder({
      ...{ namespace: this.#namespace, address, listeners: [] },
      ports: [{ device: link.device, address, prefixLength, directory, listener }],
    });
  }

  async #joinLive(membership: Membership): Promise<RunningNetwork> {
    const link = await this.#enter(membership);
    try {
      await this.#startLink(link);
      await this.#reachOutAsNetworksSay();
    } catch (error) {
      await this.#drop(link);
      throw error;
    }
    await refreshHosts(this.#context.store);
    return this.#running();
  }

  /** While it runs: it reaches outside from its first network that is not internal to the end of its last. */
  async #reachOutAsNetworksSay(): Promise<void> {
    if (this.#reachesOut === (this.#way !== undefined)) return;
    const { store } = this.#context;
    const { dns } = connectionOf(this.#container.settings);
    const resolvConf = () => resolvConfText(dns, { isHost: false, forwarder: this.#way?.nameServer });
    const before = resolvConf();
    if (this.#reachesOut) {
      this.#way = await chooseOutbound({ isRoot: privilege() === "root" });
      await this.#startOutbound({ pid: this.#pid!, isRunning: true });
    } else {
      await this.#outbound?.stop();
      this.#outbound = undefined;
      await this.#way?.release();
      this.#way = undefined;
    }
    replaceResolvConf(store, this.#container, { before, after: resolvConf() });
  }

  async #leaveLive(network: string): Promise<RunningNetwork> {
    const link = this.#links.find(({ membership }) => membership.network === network);
    if (link === undefined) {
      throw new KasaneError(
        "not-found",
        `container ${this.#container.name} is not connected to network ${network}`,
        { hint: "'kasane inspect' tells its networks", data: { exitCode: 1 } },
      );
    }
    await this.#drop(link);
    await this.#reachOutAsNetworksSay();
    await refreshHosts(this.#context.store);
    return this.#running();
  }

  async #drop(link: Link): Promise<void> {
    this.#links.splice(this.#links.indexOf(link), 1);
    await link.thread?.stop();
    link.joined.leave();
  }

  #running(): RunningNetwork {
    const memberships = this.#links.map(({ membership, joined }): RunningMembership => {
      const { address } = joined.claim;
      const { name, id, gateway } = joined.network;
      return {
        ...{ network: name, networkId: id, address, prefixLength: joined.prefixLength, gateway },
        ...{ mac: macText(address), aliases: membership.aliases ?? [] },
      };
    });
    const ports = this.#ports.map(({ listener: _, ...port }) => port);
    const { address, prefixLength, gateway } = this.#way ?? userNetwork;
    const isPrivate = this.#container.settings.network === "private";
    return { ...(isPrivate ? { address, prefixLength, gateway } : {}), ports, memberships };
  }

  async #disconnect(): Promise<void> {
    const ending = [
      this.#forwarder?.stop(),
      this.#outbound?.stop(),
      ...this.#links.map(({ thread }) => thread?.stop()),
    ];
    this.#forwarder = undefined;
    this.#outbound = undefined;
    for (const link of this.#links) delete link.thread;
    await Promise.all(ending);
  }

  async end(): Promise<void> {
    await this.#disconnect();
    await this.#way?.release();
    this.#way = undefined;
    for (const { listener } of this.#ports) closeSync(listener.fd);
    this.#ports = [];
    const left = this.#links.splice(0);
    for (const { joined } of left) joined.leave();
    if (left.length > 0) await refreshHosts(this.#context.store);
  }
}

function notReaching(reason: string): string {
  return `containers of a network do not reach each other here: ${reason}`;
}
