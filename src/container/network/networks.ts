import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { didYouMean, errnoOf, KasaneError, namesIn } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import { addressNumber, freeSubnet, parseSubnet, type Subnet } from "./subnet.ts";

/** A network that containers are members of, and find each other in by name. */
export interface Network {
  readonly name: string;
  /** 64 hex digits. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** `10.89.0.0/24`. */
  readonly subnet: string;
  readonly gateway: string;
  /** Nothing outside is reached. */
  readonly isInternal: boolean;
}

export interface NetworkOptions {
  readonly name: string;
  readonly subnet?: string | undefined;
  readonly gateway?: string | undefined;
  readonly isInternal?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, string>>;
}

type Root = Pick<LocalStore, "root">;

/** `ROOT/networks/NAME`, with `network.json` and `members`, the sockets of those that run. */
export function networkDirectory({ root }: Root, name: string): string {
  return join(root, "networks", name);
}

/** The networks that are there without being made. */
const reservedNames = [
  "host",
  "none",
  "private",
  "bridge",
  "default",
  "pasta",
  "slirp4netns",
  "nat",
  "container",
];

const validName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** @throws KasaneError `conflict` (the name or the addresses are taken), `usage` */
export function createNetwork(store: Root, options: NetworkOptions): Network {
  const { name } = options;
  if (!validName.test(name) || name.length > 128) {
    throw new KasaneError("usage", `invalid network name ${JSON.stringify(name)}`, {
      hint: "letters, digits, and after the first of them _ . -",
      data: { exitCode: 1 },
    });
  }
  const others = listNetworks(store);
  if (reservedNames.includes(name) || others.some((other) => other.name === name)) {
    throw nameTaken(name);
  }
  const subnet = subnetOf(options, others);
  const network: Network = {
    name,
    id: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex"),
    createdAtMs: Date.now(),
    labels: options.labels ?? {},
    options: options.options ?? {},
    subnet: subnet.text,
    gateway: gatewayOf(options.gateway, subnet),
    isInternal: options.isInternal ?? false,
  };
  const directory = networkDirectory(store, name);
  const made = `${networkDirectory(store, `.${network.id}`)}`;
  mkdirSync(join(made, "members"), { recursive: true, mode: 0o700 });
  writeFileSync(join(made, "network.json"), JSON.stringify(network));
  try {
    renameSync(made, directory);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (errnoOf(error) !== "ENOTEMPTY" && errnoOf(error) !== "EEXIST") throw error;
    throw nameTaken(name);
  }
  return network;
}

function nameTaken(name: string): KasaneError {
  return new KasaneError("conflict", `network with name ${name} already exists`, {
    hint: "choose another name; 'kasane network ls' lists those there are",
    data: { exitCode: 1 },
  });
}

function subnetOf({ subnet }: NetworkOptions, others: readonly Network[]): Subnet {
  const taken = others.map((other) => parseSubnet(other.subnet));
  if (subnet === undefined) return freeSubnet(taken);
  const wanted = parseSubnet(subnet);
  const overlapping = others.find((_, index) => overlaps(wanted, taken[index]!));
  if (overlapping === undefined) return wanted;
  throw new KasaneError("conflict", `the addresses ${subnet} are in use by network ${overlapping.name}`, {
    hint: "choose others with --subnet, or none: then free ones are found",
    data: { exitCode: 1 },
  });
}

function overlaps(a: Subnet, b: Subnet): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function gatewayOf(text: string | undefined, subnet: Subnet): string {
  if (text === undefined) return subnet.addresses().next().value as string;
  const number = addressNumber(text);
  if (number !== undefined && number > subnet.first && number < subnet.last) return text;
  throw new KasaneError("usage", `the gateway ${text} is not an address of ${subnet.text}`, {
    hint: "leave --gateway away: the first address is taken",
    data: { exitCode: 1 },
  });
}

/** By name. */
export function listNetworks(store: Root): Network[] {
  return namesIn(join(store.root, "networks"))
    .filter((name) => !name.startsWith("."))
    .sort()
    .flatMap((name) => {
      try {
        return [
          JSON.parse(readFileSync(join(networkDirectory(store, name), "network.json"), "utf8")) as Network,
        ];
      } catch (error) {
        // It has just been removed.
        if (errnoOf(error) === "ENOENT") return [];
        throw error;
      }
    });
}

/** By name, ID, or an unambiguous beginning of one. */
export function findNetwork(store: Root, nameOrId: string): Network | undefined {
  const all = listNetworks(store);
  const named = all.find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (named !== undefined || !/^[0-9a-f]+$/.test(nameOrId)) return named;
  const matching = all.filter(({ id }) => id.startsWith(nameOrId));
  return matching.length === 1 ? matching[0] : undefined;
}

/** @throws KasaneError `not-found` */
export function getNetwork(store: Root, nameOrId: string): Network {
  const network = findNetwork(store, nameOrId);
  if (network !== undefined) return network;
  const names = listNetworks(store).map(({ name }) => name);
  throw new KasaneError("not-found", `network ${nameOrId} not found`, {
    hint:
      didYouMean(nameOrId, names) ??
      "'kasane network ls' lists those there are, 'kasane network create' makes one",
    data: { exitCode: 1 },
  });
}

export function discardNetwork(store: Root, { name }: Pick<Network, "name">): void {
  rmSync(networkDirectory(store, name), { recursive: true, force: true });
}

/** Where the members of a network have their sockets. */
export function membersDirectory(store: Root, name: string): string {
  return join(networkDirectory(store, name), "members");
}
