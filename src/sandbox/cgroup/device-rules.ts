import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Device } from "../isolation.ts";

/** What Docker allows everywhere: any node may be made, and null, zero, full, tty, console, ptmx, random, urandom and the terminals used. */
const usual = ["c *:* m", "b *:* m"].concat(
  ["1:3", "1:5", "1:7", "5:0", "5:1", "5:2", "1:8", "1:9", "136:*"].map((numbers) => `c ${numbers} rwm`),
);

/** For `devices.allow` of a control group. */
export function deviceRules(devices: readonly Device[], others: readonly string[] = []): string[] {
  return [...usual, ...devices.flatMap(rulesOfDevice), ...others];
}

function rulesOfDevice({ source, permissions, node }: Device): string[] {
  return node ? [`${node.type} ${node.major}:${node.minor} ${permissions}`] : rulesOf(source, permissions);
}

function rulesOf(path: string, permissions: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return readdirSync(path).flatMap((name) => rulesOf(join(path, name), permissions));
  if (!stat?.isCharacterDevice() && !stat?.isBlockDevice()) return [];
  const [major, minor] = deviceNumbers(stat.rdev);
  return [`${stat.isBlockDevice() ? "b" : "c"} ${major}:${minor} ${permissions}`];
}

/** As makedev(3) packs them. */
export function deviceNumbers(rdev: number): [major: number, minor: number] {
  const number = BigInt(rdev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return [Number(major), Number(minor)];
}
