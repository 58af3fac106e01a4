import { KasaneError } from "../lib/mod.ts";
import type { Timestamp } from "./entry.ts";
import { compareNames, decodeName, encodeName } from "./name-bytes.ts";

/** One `length key=value\n` record of a PAX extended header. */
export type PaxRecord = readonly [key: string, value: Uint8Array];

const space = 0x20;
const newline = 0x0a;
const equals = 0x3d;

/**
 * Records in the order they stand: sparse format 0.0 repeats its keys.
 * @throws KasaneError `invalid-archive`
 */
export function parsePaxRecords(bytes: Uint8Array): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let start = 0; start < bytes.length; ) {
    let length = 0;
    let at = start;
    for (; at < bytes.length && bytes[at] !== space; at++) {
      const digit = bytes[at]! - 0x30;
      // Ten digits are more than any header may have; more would only be there to overflow something.
      if (digit < 0 || digit > 9 || at - start >= 10)
        throw damaged("a record does not start with its length");
      length = length * 10 + digit;
    }
    const end = start + length;
    if (at === start || end > bytes.length || end <= at + 2 || bytes[end - 1] !== newline) {
      throw damaged("the length of a record is wrong");
    }
    const separator = bytes.indexOf(equals, at + 1);
    if (separator === -1 || separator >= end - 1 || separator === at + 1) {
      throw damaged("a record has no key");
    }
    records.push([decodeName(bytes.subarray(at + 1, separator)), bytes.subarray(separator + 1, end - 1)]);
    start = end;
  }
  return records;
}

/** The content of an extended header: keys sorted by bytes, so that the same records give the same bytes. */
export function formatPaxRecords(records: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const key of [...records.keys()].sort(compareNames)) {
    const value = records.get(key)!;
    const body = Buffer.concat([encodeName(` ${key}=`), value, Uint8Array.of(newline)]);
    // The length counts its own digits.
    let length = body.length + 1;
    while (String(length).length + body.length !== length) length = String(length).length + body.length;
    parts.push(Buffer.from(String(length)), body);
  }
  return Buffer.concat(parts);
}

/** Whole seconds and a fraction, possibly negative. Digits beyond nanoseconds are cut towards the past. */
export function parsePaxTime(text: string): Timestamp {
  const match = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text);
  if (match === null) throw damaged(`${JSON.stringify(text.slice(0, 40))} is not a time`);
  const whole = Number(match[2]);
  const digits = match[3] ?? "";
  const nanoseconds = Number(digits.slice(0, 9).padEnd(9, "0"));
  if (match[1] === "") return { seconds: whole, nanoseconds };
  const cut = /[1-9]/.test(digits.slice(9)) ? 1 : 0;
  const below = nanoseconds + cut;
  return below === 0
    ? { seconds: whole === 0 ? 0 : -whole, nanoseconds: 0 }
    : { seconds: -whole - 1, nanoseconds: 1_000_000_000 - below };
}

/** The shortest decimal that parsePaxTime() reads back. */
export function formatPaxTime(time: Timestamp): string {
  if (time.nanoseconds === 0) return String(time.seconds);
  const negative = time.seconds < 0;
  const whole = negative ? -time.seconds - 1 : time.seconds;
  const nanoseconds = negative ? 1_000_000_000 - time.nanoseconds : time.nanoseconds;
  return `${negative ? "-" : ""}${whole}.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
}

/** A non-negative decimal as sizes and owners are written. */
export function parsePaxNumber(key: string, value: Uint8Array): number {
  const text = decodeName(value);
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw damaged(`${key} is not a number`);
  return number;
}

/** Text that names something: no NUL, which would cut it short in every system call. */
export function parsePaxText(key: string, value: Uint8Array): string {
  if (value.includes(0)) throw damaged(`${key} holds a NUL byte`);
  return decodeName(value);
}

function damaged(reason: string): KasaneError {
  return new KasaneError("invalid-archive", `cannot read tar: PAX header: ${reason}`);
}
