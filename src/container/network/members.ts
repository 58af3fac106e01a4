import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { lockDirectory } from "../../lib/libc/mod.ts";
import { errnoOf, KasaneError, namesIn } from "../../lib/mod.ts";
import { type ClaimedAddress, claimAddress, heldAddresses, macText } from "../../network/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";
import type { Membership } from "./connection.ts";
import { type HostsEntry, hostsText } from "./network-files.ts";
import { getNetwork, listNetworks, membersDirectory, type Network, networkDirectory } from "./networks.ts";
import { parseSubnet } from "./subnet.ts";

type Root = Pick<LocalStore, "root">;

/** What is known of a member of a network while it runs. */
export interface Member {
  readonly address: string;
  readonly mac: string;
  readonly containerId: string;
  readonly containerName: string;
  /** Of this network. */
  readonly aliases: readonly string[];
  /** Lines of its own /etc/hosts beside those of the networks. */
  readonly ownHosts: readonly HostsEntry[];
}

/** A running container's place in a network. */
export interface Joined {
  readonly network: Network;
  readonly claim: ClaimedAddress;
  readonly prefixLength: number;
  leave(): void;
}

/**
 * Takes an address for a container that is about to run: the one that was asked for, else the first that is free.
 * @throws KasaneError `not-found`, `conflict` where there is none
 */
export async function joinMembers(
  store: Root,
  { id, name }: Pick<Container, "id" | "name">,
  { network: networkName, aliases = [], address }: Membership,
  ownHosts: (address: string) => readonly HostsEntry[],
): Promise<Joined> {
  const network = getNetwork(store, networkName);
  const subnet = parseSubnet(network.subnet);
  const candidates = address === undefined ? subnet.addresses() : [address];
  const free = Iterator.from(candidates).filter((one) => one !== network.gateway);
  const claim = await claimAddress(membersDirectory(store, network.name), free);
  if (claim === undefined) {
    throw new KasaneError(
      "conflict",
      address === undefined
        ? `network ${network.name} has no free address`
        : `Address already in use: ${address}`,
      {
        hint: `'kasane network inspect ${network.name}' tells who has which`,
        data: { exitCode: 125 },
      },
    );
  }
  const member: Member = {
    ...{ address: claim.address, mac: macText(claim.address), containerId: id, containerName: name },
    ...{ aliases: [name, ...aliases, id.slice(0, 12)] },
    ownHosts: ownHosts(claim.address),
  };
  const file = memberFile(store, network.name, claim.address);
  writeMember(file, member);
  return {
    ...{ network, claim, prefixLength: subnet.prefixLength },
    leave() {
      rmSync(file, { force: true });
      claim.release();
    },
  };
}

function memberFile(store: Root, network: string, address: string): string {
  return join(networkDirectory(store, network), "names", address);
}

function writeMember(file: string, member: Member): void {
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(member));
}

/** Those that run. */
export function membersOf(store: Root, { name }: Pick<Network, "name">): Member[] {
  return recordsOf(store, name).flatMap(({ file, isHeld }) => {
    try {
      return isHeld ? [JSON.parse(readFileSync(file, "utf8")) as Member] : [];
    } catch {
      // It is just coming, or going.
      return [];
    }
  });
}

/** What is written of members, also of those that were killed: nobody holds their address. */
function recordsOf(store: Root, network: string): { file: string; isHeld: boolean }[] {
  const held = new Set(heldAddresses(membersDirectory(store, network)));
  return namesIn(join(networkDirectory(store, network), "names")).map((address) => ({
    ...{ file: memberFile(store, network, address), isHeld: held.has(address) },
  }));
}

/** The names of members that were killed go from everybody's /etc/hosts. */
export async function forgetLostMembers(store: Root): Promise<void> {
  const lost = listNetworks(store)
    .flatMap(({ name }) => recordsOf(store, name))
    .filter(({ isHeld }) => !isHeld);
  for (const { file } of lost) rmSync(file, { force: true });
  if (lost.length > 0) await refreshHosts(store);
}

/** A container that runs is found by its new name, and no more by the former. */
export async function renameMember(store: Root, { id, name }: Container, newName: string): Promise<void> {
  for (const network of listNetworks(store)) {
    const member = membersOf(store, network).find(({ containerId }) => containerId === id);
    if (member === undefined) continue;
    const aliases = member.aliases.map((alias) => (alias === name ? newName : alias));
    const file = memberFile(store, network.name, member.address);
    writeMember(file, { ...member, containerName: newName, aliases });
  }
  await refreshHosts(store);
}

/** Brings the /etc/hosts of everybody who is in a network up to date: names are found there, so nobody has to answer for them. */
export async function refreshHosts(store: Root): Promise<void> {
  const directory = join(store.root, "networks");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockDirectory(directory);
  try {
    const texts = new Map<string, HostsEntry[]>();
    for (const network of listNetworks(store)) {
      const members = membersOf(store, network);
      const names = members.map(({ address, aliases }) => ({ address, names: aliases }));
      for (const { containerId, ownHosts } of members)
        texts.set(containerId, [...(texts.get(containerId) ?? ownHosts), ...names]);
    }
    for (const [id, entries] of texts)
      writeInPlace(join(containerDirectory(store, id), "hosts"), hostsText(entries));
  } finally {
    unlock();
  }
}

/** Containers have the file itself mounted: another one in its place they would not see. */
function writeInPlace(path: string, text: string): void {
  try {
    const file = openSync(path, "r+");
    try {
      const bytes = Buffer.from(text);
      writeSync(file, bytes, 0, bytes.length, 0);
      ftruncateSync(file, bytes.length);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // The container brings its own, or has just gone.
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
