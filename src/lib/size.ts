import { KasaneError } from "./errors.ts";

const unitBytes: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 };
const unitBinaryBytes: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** `10GB` (10⁹), `4MiB` (2²⁰), `512`: in bytes. @throws KasaneError `usage` */
export function parseSize(text: string): number {
  const [, count, unit, binary] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?$/i.exec(text.trim()) ?? [];
  const factor = (binary ? unitBinaryBytes : unitBytes)[unit?.toLowerCase() ?? ""];
  const bytes = Math.round(Number(count) * (factor ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new KasaneError("usage", `${JSON.stringify(text.slice(0, 40))} is not a size`, {
    hint: "write a number of bytes, or one with a unit, for example 500MB or 4GiB",
  });
}
