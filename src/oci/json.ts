import { type ErrorCode, KasaneError } from "../lib/errors.ts";

/** Most keys of one object: looking for one that is named twice takes longer than all the rest of the reading. */
const objectLimitKeys = 65_536;

export interface JsonLimits {
  /** Names the document in messages: `manifest`, `image config`. */
  readonly what: string;
  readonly code: ErrorCode;
  readonly maxBytes: number;
  /** Nested arrays and objects, the outermost included. */
  readonly maxDepth: number;
  /** Refuse an object that names a key twice: two readers may take different ones. */
  readonly uniqueKeys: boolean;
}

/** One `"key": value` of an object, as offsets into the document's text. */
export interface JsonMember {
  readonly key: string;
  readonly valueStart: number;
  readonly valueEnd: number;
}

export interface JsonDocument<T = unknown> {
  readonly value: T;
  readonly text: string;
}

export type JsonObject = JsonDocument<Record<string, unknown>>;

/** parseJson() of an object. @throws KasaneError `limit-exceeded`, or `limits.code` */
export function parseJsonObject(bytes: Uint8Array, limits: JsonLimits): JsonObject {
  const { value, text } = parseJson(bytes, limits);
  if (!isJsonObject(value)) throw new KasaneError(limits.code, `${limits.what} is not a JSON object`);
  return { value, text };
}

/**
 * Reads one JSON value from untrusted bytes: strict UTF-8, bounded size and depth, nothing after it.
 * @throws KasaneError `limit-exceeded`, or `limits.code` for anything that is not JSON
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonDocument {
  const { what, code } = limits;
  if (bytes.length > limits.maxBytes) {
    throw new KasaneError(
      "limit-exceeded",
      `${what} of ${bytes.length} bytes is larger than the limit of ${limits.maxBytes} bytes`,
    );
  }
  let text: string;
  try {
    // A byte order mark is kept, so that JSON.parse() refuses it.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new KasaneError(code, `${what} is not valid UTF-8`, { cause });
  }
  // Before JSON.parse(), whose recursion deep nesting would exhaust.
  checkNesting(text, limits);
  try {
    return { value: JSON.parse(text), text };
  } catch (cause) {
    throw new KasaneError(code, `${what} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkNesting(text: string, limits: JsonLimits): void {
  /** Keys seen in each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = stringEnd(text, at);
      const keys = open.at(-1);
      if (limits.uniqueKeys && keys && text[skipBlanks(text, end)] === ":") {
        const key = text.slice(at, end);
        const plain = key.includes("\\") ? decodeKey(key) : key.slice(1, -1);
        if (keys.has(plain)) {
          throw new KasaneError(
            limits.code,
            `${limits.what} names the key ${JSON.stringify(plain.slice(0, 80))} twice`,
          );
        }
        if (keys.size >= objectLimitKeys) {
          throw new KasaneError(
            "limit-exceeded",
            `${limits.what} has an object with more than the limit of ${objectLimitKeys} keys`,
          );
        }
        keys.add(plain);
      }
      at = end - 1;
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined);
      if (open.length > limits.maxDepth) {
        throw new KasaneError(
          "limit-exceeded",
          `${limits.what} is nested deeper than the limit of ${limits.maxDepth} levels`,
        );
      }
    } else if (character === "}" || character === "]") {
      open.pop();
    }
  }
}

function decodeKey(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted; // JSON.parse() of the whole document reports it.
  }
}

/** Offset after the closing quote of the string that starts at `at`. */
function stringEnd(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  return end + 1;
}

/** The members of the object that starts at or after `start`, in order. `text` is known to be valid JSON. */
export function jsonMembers(text: string, start = 0): JsonMember[] {
  const members: JsonMember[] = [];
  let at = text.indexOf("{", start) + 1;
  for (;;) {
    at = skipBlanks(text, at);
    if (text[at] === "}" || at >= text.length) return members;
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    const keyEnd = stringEnd(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const valueStart = skipBlanks(text, text.indexOf(":", keyEnd) + 1);
    const valueEnd = jsonValueEnd(text, valueStart);
    members.push({ key, valueStart, valueEnd });
    at = valueEnd;
  }
}

function jsonValueEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (depth > 0 && (character === "}" || character === "]")) depth--;
    else if (depth === 0 && /[,}\]\s]/.test(character)) return at;
    if (depth === 0 && /["}\]]/.test(text[at]!)) return at + 1;
  }
  return text.length;
}

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && " \t\r\n".includes(text[next]!)) next++;
  return next;
}
