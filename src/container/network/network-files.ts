import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BindMount } from "../../sandbox/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { containerDirectory } from "../container-directory.ts";

export const networkFileNames = ["hosts", "resolv.conf", "hostname"] as const;

/** Empty where it was never written. */
export function networkFilePath(
  store: Pick<LocalStore, "root">,
  id: string,
  name: (typeof networkFileNames)[number],
): string {
  const path = join(containerDirectory(store, id), name);
  return existsSync(path) ? path : "";
}

export interface NetworkFiles {
  readonly hosts: string;
  readonly resolvConf: string;
}

/** Writes a container's own /etc/hosts, /etc/resolv.conf and /etc/hostname into its directory, and returns what shows them in it. */
export function writeNetworkFiles(
  store: Pick<LocalStore, "root">,
  { id, settings }: Pick<Container, "id" | "settings">,
  { hosts, resolvConf }: NetworkFiles,
): BindMount[] {
  const directory = containerDirectory(store, id);
  const texts = { hosts, "resolv.conf": resolvConf, hostname: `${settings.hostname}\n` };
  return networkFileNames.flatMap((name) => {
    const [source, target] = [join(directory, name), `/etc/${name}`];
    if (settings.mounts.some((mount) => mount.target === target)) return [];
    writeFileSync(source, texts[name], { mode: 0o644 });
    return [{ kind: "bind", source, target, readOnly: false } as const];
  });
}

/** In the file that the container sees, unless it has changed that itself. */
export function replaceResolvConf(
  store: Pick<LocalStore, "root">,
  { id }: Pick<Container, "id">,
  { before, after }: { readonly before: string; readonly after: string },
): void {
  const path = networkFilePath(store, id, "resolv.conf");
  if (path !== "" && before !== after && readFileSync(path, "utf8") === before) writeFileSync(path, after);
}

const wellKnown = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

export interface HostsEntry {
  readonly address: string;
  readonly names: readonly string[];
}

export function hostsText(entries: readonly HostsEntry[]): string {
  return wellKnown + entriesText(entries);
}

export function entriesText(entries: readonly HostsEntry[]): string {
  return entries.map(({ address, names }) => `${address}\t${names.join(" ")}\n`).join("");
}

export interface DnsOptions {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Docker's, for a machine whose own are on loopback, where a container does not reach them. */
const publicServers = ["8.8.8.8", "8.8.4.4"];

/** systemd-resolved is reached on loopback only, and keeps the servers it asks itself here. */
const resolvConfPaths = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/**
 * A container's resolv.conf: this machine's, but for what `dns` says, and for servers that are not reached from another network. `forwarder` is an
 * address that passes questions on to this machine's servers wherever they are.
 */
export function resolvConfText(
  dns: DnsOptions,
  options: { isHost: boolean; forwarder?: string | undefined },
): string {
  const own = resolvConfPaths
    .map(parseResolvConf)
    .find(
      ({ servers }, index) =>
        options.isHost ||
        servers.some((server) => !isLoopback(server)) ||
        index === resolvConfPaths.length - 1,
    )!;
  const reached = options.isHost ? own.servers : own.servers.filter((server) => !isLoopback(server));
  const usual =
    reached.length > 0 || options.isHost ? reached : options.forwarder ? [options.forwarder] : publicServers;
  const servers = dns.servers.length > 0 ? dns.servers : usual;
  const search = dns.search.length > 0 ? dns.search.filter((domain) => domain !== ".") : own.search;
  const wanted = dns.options.length > 0 ? dns.options : own.options;
  return [
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(search.length > 0 ? [`search ${search.join(" ")}\n`] : []),
    ...(wanted.length > 0 ? [`options ${wanted.join(" ")}\n`] : []),
  ].join("");
}

function isLoopback(server: string): boolean {
  return server.startsWith("127.") || server === "::1";
}

function parseResolvConf(path: string): DnsOptions {
  let text = "";
  try {
    text = readFileSync(path, "utf8");
  } catch {
    // A machine without one.
  }
  const values = (keyword: string) =>
    text
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([word]) => word === keyword)
      .map(([, ...rest]) => rest);
  return {
    servers: values("nameserver").flatMap(([server]) => (server === undefined ? [] : [server])),
    search: values("search").at(-1) ?? values("domain").at(-1) ?? [],
    options: values("options").flat(),
  };
}
