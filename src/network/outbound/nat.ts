import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lockDirectory } from "../../lib/libc/mod.ts";
import { messageOf } from "../../lib/mod.ts";
import { findTool, requireTool } from "../../sandbox/mod.ts";
import { type ClaimedAddress, claimAddress, heldAddresses } from "../switch/claim-address.ts";
import { addRules, findFirewall, type NatNetwork, removeRules } from "./nat-rules.ts";
import type { OutboundTarget, OutboundWay } from "./outbound.ts";
import { runTool } from "./run-tool.ts";

/** Addresses of containers that reach outside by masquerading. Every one has a pair of devices, whose end on this machine is named after the address. */
const network: NatNetwork = { subnet: "10.87.0.0/16", devices: "ksn" };
const prefixLength = 16;
const gateway = "10.87.0.1";

/** Takes an address among all containers of this machine's network, of whichever store. A string is why there is none. */
export async function natWay(): Promise<OutboundWay | string> {
  const [ip, firewall] = [findTool("ip"), findFirewall()];
  if (ip === undefined || firewall === undefined) return "install the packages iproute2 and iptables";
  if (readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8").trim() !== "1")
    return "net.ipv4.ip_forward is 0: 'sysctl -w net.ipv4.ip_forward=1' as root lets packets through";
  let claim: ClaimedAddress | undefined;
  try {
    claim = await claimAddress(heldDirectory(), addresses());
  } catch (error) {
    return messageOf(error);
  }
  if (claim === undefined) return `all addresses of ${network.subnet} are taken`;
  const { address } = claim;
  const device = deviceOf(address);
  return {
    ...{ address, prefixLength, gateway },
    async connect(target) {
      // The namespace of a run that was killed may still be going, and its end of the pair with it.
      if (devicesHere().includes(device)) await deleteDevice(ip, device);
      await withLock(async () => {
        writeFileSync(marker(), "");
        await addRules(firewall, network);
      });
      await runTool(
        [ip, "-batch", "-"],
        [
          `link add ${device} type veth peer name ${target.device} netns ${target.pid}`,
          `address add ${gateway} peer ${address} dev ${device}`,
          `link set ${device} up`,
        ],
      );
      if (target.isRunning) {
        await setUp(ip, target, address);
        return { setups: [], stop: () => deleteDevice(ip, device) };
      }
      const setup = { device: target.device, name: target.device, address, prefixLength, gateway };
      return { setups: [setup], stop: () => deleteDevice(ip, device) };
    },
    async release() {
      claim.release();
      await clearNat();
    },
  };
}

/** What is set in a namespace by whoever is in it, before its program begins. */
async function setUp(ip: string, { pid, device }: OutboundTarget, address: string): Promise<void> {
  await runTool(
    [requireTool("nsenter"), `--net=/proc/${pid}/ns/net`, "--", ip, "-batch", "-"],
    [
      `address add ${address}/${prefixLength} dev ${device}`,
      `link set ${device} up`,
      `route add default via ${gateway}`,
    ],
  );
}

/** Takes away the devices and rules of containers that nobody runs any more. */
export async function clearNat(): Promise<void> {
  if (!existsSync(marker())) return;
  const [ip, firewall] = [findTool("ip"), findFirewall()];
  if (ip === undefined || firewall === undefined) return;
  await withLock(async () => {
    const held = heldAddresses(heldDirectory());
    const kept = new Set(held.map(deviceOf));
    for (const device of devicesHere()) if (!kept.has(device)) await deleteDevice(ip, device);
    if (held.length > 0) return;
    await removeRules(firewall);
    rmSync(marker(), { force: true });
  });
}

/** Rules and devices are those of a network namespace, whichever directories can be seen from there. */
function stateDirectory(): string {
  return join("/run/kasane", `nat-${statSync("/proc/self/ns/net").ino}`);
}

function heldDirectory(): string {
  return join(stateDirectory(), "held");
}

/** Is there as long as there may be rules. */
function marker(): string {
  return join(stateDirectory(), "rules");
}

async function withLock(change: () => Promise<void>): Promise<void> {
  mkdirSync(stateDirectory(), { recursive: true, mode: 0o700 });
  const unlock = await lockDirectory(stateDirectory());
  try {
    await change();
  } finally {
    unlock();
  }
}

function* addresses(): Generator<string> {
  for (let index = 2; index < 2 ** (32 - prefixLength) - 1; index++)
    yield `10.87.${index >> 8}.${index & 255}`;
}

function deviceOf(address: string): string {
  const [, , high, low] = address.split(".").map(Number);
  return `${network.devices}${high! * 256 + low!}`;
}

const ourDevice = new RegExp(`^${network.devices}\\d+$`);

/** Ours in this network; /sys may show another's. */
function devicesHere(): string[] {
  return [...readFileSync("/proc/net/dev", "utf8").matchAll(/^ *(\w+):/gm)]
    .map(([, name]) => name!)
    .filter((name) => ourDevice.test(name));
}

/** The other end goes with it, and both with the namespace. */
async function deleteDevice(ip: string, device: string): Promise<void> {
  try {
    await runTool([ip, "link", "delete", device]);
  } catch (error) {
    if (devicesHere().includes(device)) throw error;
  }
}
