import type { NumberNode } from "./nodes.ts";
import { quote, unquoteCharacter } from "./quote.ts";

/**
 * A number or character as Go's untyped constants are: it has a value in every type that can hold it.
 * @throws Error with Go's text for what is none
 */
export function parseNumber(text: string, at: number): NumberNode {
  if (text.startsWith("'")) return character(text, at);
  if (text.endsWith("i") && !/^[+-]?0[xX]/.test(text)) throw new Error("complex numbers are not supported");
  const node = { kind: "number", at, text } as const;
  const integer = parseInteger(text);
  const isNegative = text.startsWith("-");
  const isSigned = isNegative || text.startsWith("+");
  const isUint = integer !== undefined && (!isSigned || integer === 0n) && integer < 2n ** 64n;
  const isInt = integer !== undefined && integer >= -(2n ** 63n) && integer < 2n ** 63n;
  if (integer !== undefined && (isUint || isInt)) {
    return {
      ...node,
      ...(isInt && { int: integer }),
      ...(isUint && { uint: integer }),
      float: Number(integer),
    };
  }
  const float = parseFloatLiteral(text);
  if (float === undefined) throw new Error(`illegal number syntax: ${quote(text)}`);
  if (!/[.eEpP]/.test(text)) throw new Error(`integer overflow: ${quote(text)}`);
  const whole = Number.isInteger(float) ? BigInt(float) : undefined;
  return {
    ...node,
    float,
    ...(whole !== undefined && whole >= -(2n ** 63n) && whole < 2n ** 63n && { int: whole }),
    ...(whole !== undefined && whole >= 0n && whole < 2n ** 64n && { uint: whole }),
  };
}

function character(text: string, at: number): NumberNode {
  const read = unquoteCharacter(text, 1, "'");
  if (read === undefined) throw new Error("invalid syntax");
  if (read.end !== text.length - 1) throw new Error(`malformed character constant: ${text}`);
  const value = BigInt(read.code);
  return { kind: "number", at, text, int: value, uint: value, float: read.code };
}

const digitsOf = { x: /^[0-9a-f]+$/i, o: /^[0-7]+$/, b: /^[01]+$/, d: /^[0-9]+$/ } as const;

/** Any size; undefined where it is not an integer as Go writes them: 0x1f, 0o17, 017, 0b11, 1_000. */
function parseInteger(text: string): bigint | undefined {
  const [, sign, rest] = /^([+-]?)(.*)$/s.exec(text)!;
  if (!isUnderscoreOk(rest!)) return undefined;
  const plain = rest!.replaceAll("_", "");
  const prefix = /^0([xobXOB])/.exec(plain)?.[1]?.toLowerCase() as "x" | "o" | "b" | undefined;
  const isOctal = prefix === undefined && plain.length > 1 && plain.startsWith("0");
  const digits = prefix ? plain.slice(2) : isOctal ? plain.slice(1) : plain;
  const base = prefix ?? (isOctal ? "o" : "d");
  if (!digitsOf[base].test(digits) || digits.length > 128) return undefined;
  const value = base === "d" ? BigInt(digits) : BigInt(`0${base}${digits}`);
  return sign === "-" ? -value : value;
}

/** Underscores stand between digits, or between a base's prefix and a digit. */
function isUnderscoreOk(text: string): boolean {
  if (!text.includes("_")) return true;
  const digits = text.replace(/^0[xobXOB]/, "0");
  return !/__|^_|_$|_[^0-9a-fA-F]|[^0-9a-fA-F]_/.test(digits) && (/^0/.test(text) || /^[0-9]/.test(text));
}

function parseFloatLiteral(text: string): number | undefined {
  if (/^[+-]?0[xX]/.test(text)) return parseHexFloat(text);
  if (!isUnderscoreOk(text.replace(/^[+-]/, "")) || text.includes("_")) return undefined;
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function parseHexFloat(text: string): number | undefined {
  const parts = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]{1,5})$/.exec(text);
  if (!parts || text.length > 100) return undefined;
  const [, sign, whole, fraction, exponent] = parts;
  if (whole === "" && fraction === "") return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction!.length);
  return sign === "-" ? -value : value;
}
