/** How one value of a basic type is written by one `%` directive: flags, width and precision as Go's fmt has them. */
import { formatFloat } from "./format-float.ts";
import { byteLength, runeCount, toBytes } from "./go-string.ts";
import { canBackquote, isPrintable, quote } from "./quote.ts";

export interface Flags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  /** `%+v` and `%#v`. */
  plusV: boolean;
  sharpV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

export function noFlags(): Flags {
  const off = { minus: false, plus: false, sharp: false, space: false, zero: false };
  return { ...off, plusV: false, sharpV: false, width: undefined, precision: undefined };
}

export function pad(text: string, flags: Flags, zeros = flags.zero): string {
  const missing = (flags.width ?? 0) - runeCount(text);
  if (missing <= 0) return text;
  if (flags.minus) return text + " ".repeat(missing);
  return (zeros ? "0" : " ").repeat(missing) + text;
}

function truncate(text: string, { precision }: Flags): string {
  if (precision === undefined || text.length <= precision) return text;
  let kept = "";
  let left = precision;
  for (const character of text) {
    if (left-- <= 0) break;
    kept += character;
  }
  return kept;
}

export function formatText(text: string, flags: Flags): string {
  return pad(truncate(text, flags), flags);
}

export function formatQuoted(text: string, flags: Flags): string {
  const shown = truncate(text, flags);
  if (flags.sharp && canBackquote(shown)) return pad(`\`${shown}\``, flags);
  return pad(quote(shown, { ascii: flags.plus }), flags);
}

/** A string's bytes. */
export function formatHex(text: string, flags: Flags, verb: "x" | "X"): string {
  const prefix = flags.sharp ? `0${verb}` : "";
  const length = Math.min(flags.precision ?? Number.POSITIVE_INFINITY, byteLength(text));
  const bytes = [...toBytes(text).subarray(0, length)].map((byte) => byte.toString(16).padStart(2, "0"));
  if (bytes.length === 0) return pad("", flags);
  const joined = flags.space ? bytes.map((byte) => prefix + byte).join(" ") : prefix + bytes.join("");
  const shown = verb === "X" ? joined.toUpperCase().replaceAll("0X", "0X") : joined;
  return pad(shown, flags);
}

const bases = { d: 10, v: 10, b: 2, o: 8, O: 8, x: 16, X: 16 } as const;

/** Undefined where the verb is not for integers. */
export function formatInteger(value: bigint, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case "c":
      return pad(rune(value), flags);
    case "q":
      return pad(quote(rune(value), { mark: "'", ascii: flags.plus }), flags);
    case "U":
      return formatUnicode(value, flags);
  }
  const base = bases[verb as keyof typeof bases];
  if (base === undefined) return undefined;
  const { precision, width } = flags;
  if (precision === 0 && value === 0n) return pad("", flags, false);
  const isNegative = value < 0n;
  let digits = (isNegative ? -value : value).toString(base);
  if (verb === "X") digits = digits.toUpperCase();
  const sign = isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  let wanted = precision ?? 0;
  if (precision === undefined && flags.zero && !flags.minus && width !== undefined)
    wanted = width - sign.length;
  digits = digits.padStart(wanted, "0");
  if (verb === "O") digits = `0o${flags.sharp && !digits.startsWith("0") ? "0" : ""}${digits}`;
  else if (flags.sharp && base === 2) digits = `0b${digits}`;
  else if (flags.sharp && base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
  else if (flags.sharp && base === 16) digits = `0${verb === "X" ? "X" : "x"}${digits}`;
  return pad(sign + digits, flags, false);
}

function rune(value: bigint): string {
  const code = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  return String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
}

function formatUnicode(value: bigint, flags: Flags): string {
  const code = value < 0n ? value + 2n ** 64n : value;
  const digits = code
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 4, 4), "0");
  const isShown = flags.sharp && code <= 0x10ffffn && isPrintable(String.fromCodePoint(Number(code)));
  return pad(`U+${digits}${isShown ? ` '${rune(code)}'` : ""}`, flags, false);
}

/** Undefined where the verb is not for floating-point numbers. */
export function formatFloating(value: number, verb: string, bits: number, flags: Flags): string | undefined {
  const format = verb === "v" ? "g" : verb === "F" ? "f" : verb;
  if (!"bgGxXfeE".includes(format)) return undefined;
  const usual = "feE".includes(format) ? 6 : -1;
  const precision = flags.precision ?? usual;
  let text = formatFloat(value, format, precision, bits);
  if (!/^[+-]/.test(text)) text = `+${text}`;
  if (flags.space && text.startsWith("+") && !flags.plus) text = ` ${text.slice(1)}`;
  if (/^.[IN]/.test(text)) {
    if (text[1] === "N" && !flags.space && !flags.plus) text = text.slice(1);
    // Go drops the sign of +Inf as it does of other numbers.
    else if (text.startsWith("+") && !flags.plus) text = text.slice(0);
    return pad(text, flags, false);
  }
  if (flags.sharp && format !== "b") text = withPoint(text, format, precision);
  if (!flags.plus && text.startsWith("+")) return pad(text.slice(1), flags);
  const missing = (flags.width ?? 0) - text.length;
  if (flags.zero && !flags.minus && missing > 0) return text[0] + "0".repeat(missing) + text.slice(1);
  return pad(text, flags);
}

/** `#`: always with a decimal point, and %g keeps its zeros. */
function withPoint(text: string, format: string, precision: number): string {
  let digits = "gGx".includes(format) ? (precision < 0 ? 6 : precision) : 0;
  const tailAt = text.search("xX".includes(format) ? /[pP]/ : /[eEpP]/);
  const [head, tail] = tailAt < 0 ? [text, ""] : [text.slice(0, tailAt), text.slice(tailAt)];
  let isSignificant = false;
  for (const character of head.slice(1)) {
    if (character === ".") continue;
    isSignificant ||= character !== "0";
    if (isSignificant) digits--;
  }
  if (head.includes(".")) return head + "0".repeat(Math.max(digits, 0)) + tail;
  if (head.length === 2 && head[1] === "0") digits--;
  return `${head}.${"0".repeat(Math.max(digits, 0))}${tail}`;
}
