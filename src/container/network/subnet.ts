import { readFileSync } from "node:fs";
import { KasaneError } from "../../lib/mod.ts";
import { isIPv4 } from "../../network/mod.ts";

export interface Subnet {
  readonly text: string;
  readonly first: number;
  readonly last: number;
  readonly prefixLength: number;
  /** Those that members can have, in their order. */
  addresses(): Generator<string>;
}

/** @throws KasaneError `usage` */
export function parseSubnet(text: string): Subnet {
  const [address = "", length = "", ...others] = text.split("/");
  const number = addressNumber(address);
  const prefixLength = Number(length);
  const isWhole = others.length === 0 && /^\d{1,2}$/.test(length) && prefixLength >= 8 && prefixLength <= 30;
  if (number === undefined || !isWhole) {
    throw new KasaneError("usage", `invalid subnet ${JSON.stringify(text)}`, {
      hint: "IPv4 addresses with 8 to 30 bits in common, for example 10.89.7.0/24",
      data: { exitCode: 1 },
    });
  }
  const size = 2 ** (32 - prefixLength);
  const first = number - (number % size);
  const last = first + size - 1;
  return {
    text: `${addressText(first)}/${prefixLength}`,
    ...{ first, last, prefixLength },
    *addresses() {
      for (let one = first + 1; one < last; one++) yield addressText(one);
    },
  };
}

export function addressNumber(text: string): number | undefined {
  if (!isIPv4(text)) return undefined;
  return text.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

/** The first /24 of 10.89.0.0/16 and what follows that no network has, and this machine knows no way to. @throws KasaneError `conflict` */
export function freeSubnet(taken: readonly Subnet[]): Subnet {
  const avoided = [...taken, ...routes()];
  for (let block = 89 * 256; block < 128 * 256; block++) {
    const subnet = parseSubnet(`10.${block >> 8}.${block & 255}.0/24`);
    if (avoided.every(({ first, last }) => subnet.last < first || subnet.first > last)) return subnet;
  }
  throw new KasaneError("conflict", "no free addresses are left for another network", {
    hint: "remove some with 'kasane network prune', or name addresses with --subnet",
    data: { exitCode: 1 },
  });
}

/** Of this machine, but for the one to everywhere. */
function routes(): { first: number; last: number }[] {
  try {
    return readFileSync("/proc/net/route", "utf8")
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [, destination = "", , , , , , mask = ""] = line.split("\t");
        if (mask === "" || mask === "00000000") return [];
        const first = littleEndian(destination);
        return [{ first, last: first + (0xffffffff - littleEndian(mask)) }];
      });
  } catch {
    return [];
  }
}

function littleEndian(hex: string): number {
  return Number.parseInt(hex.match(/../g)!.toReversed().join(""), 16);
}
