import { findTool } from "../../sandbox/mod.ts";
import { runTool } from "./run-tool.ts";

export interface NatNetwork {
  /** Addresses of containers. */
  readonly subnet: string;
  /** What the names of their devices on this machine begin with. */
  readonly devices: string;
}

/** The program that this machine's rules are made with. */
export interface Firewall {
  readonly kind: "iptables" | "nft";
  readonly path: string;
}

/**
 * iptables first: where forwarding is forbidden by its policy, as docker sets it, only a rule in the same chain allows it. Both act in chains of
 * Kasane's own that are the same for all containers.
 */
export function findFirewall(): Firewall | undefined {
  for (const kind of ["iptables", "nft"] as const) {
    const path = findTool(kind);
    if (path !== undefined) return { kind, path };
  }
  return undefined;
}

/** Containers reach outside under this machine's address; nobody reaches them, nor they each other. May be called again. */
export async function addRules({ kind, path }: Firewall, network: NatNetwork): Promise<void> {
  if (kind === "nft") return runTool([path, "-f", "-"], nftTable(network));
  const isThere = await runTool([path, "-w", "-C", "FORWARD", "-j", "KASANE"]).then(
    () => true,
    () => false,
  );
  if (!isThere) await restore(path, iptablesRules(network));
}

/** Also where they are there by halves. */
export async function removeRules({ kind, path }: Firewall): Promise<void> {
  if (kind === "nft") return runTool([path, "-f", "-"], ["add table ip kasane", "delete table ip kasane"]);
  for (const [table, chain] of chains) {
    const steps = [`-D ${chain} -j KASANE`, "-F KASANE", "-X KASANE"];
    for (const step of steps)
      await runTool([path, "-w", "-t", table, ...step.split(" ")]).catch(() => undefined);
  }
}

const chains = [
  ["filter", "FORWARD"],
  ["nat", "POSTROUTING"],
] as const;

/** The way into our chain comes last: where it is there, everything is. */
function iptablesRules({ subnet, devices }: NatNetwork): string[] {
  return [
    ...["*nat", ":KASANE - [0:0]", `-A KASANE -s ${subnet} ! -o ${devices}+ -j MASQUERADE`],
    ...["-A POSTROUTING -j KASANE", "COMMIT"],
    ...["*filter", ":KASANE - [0:0]", `-A KASANE -i ${devices}+ ! -o ${devices}+ -s ${subnet} -j ACCEPT`],
    `-A KASANE -o ${devices}+ -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`,
    ...[`-A KASANE -i ${devices}+ -j DROP`, `-A KASANE -o ${devices}+ -j DROP`],
    ...["-I FORWARD -j KASANE", "COMMIT"],
  ];
}

function restore(iptables: string, lines: readonly string[]): Promise<void> {
  return runTool([`${iptables}-restore`, "--wait", "--noflush"], lines);
}

function nftTable({ subnet, devices }: NatNetwork): string[] {
  const [from, to] = [`iifname "${devices}*"`, `oifname "${devices}*"`];
  const elsewhere = `oifname != "${devices}*"`;
  return [
    // All at once: packets see the one table or the other.
    ...["add table ip kasane", "delete table ip kasane", "table ip kasane {"],
    "chain postrouting { type nat hook postrouting priority srcnat; policy accept;",
    `ip saddr ${subnet} ${elsewhere} masquerade; }`,
    "chain forward { type filter hook forward priority filter; policy accept;",
    `${from} ${elsewhere} ip saddr ${subnet} accept; ${to} ct state established,related accept;`,
    `${from} drop; ${to} drop; }`,
    "}",
  ];
}
