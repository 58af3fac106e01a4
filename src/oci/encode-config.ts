import type { ImageConfig } from "./config.ts";
import { isJsonObject, jsonMembers } from "./json.ts";
import { parseConfigText } from "./parse-config.ts";

const configKeys = [
  "created",
  "author",
  "architecture",
  "os",
  "variant",
  "os.version",
  "os.features",
  "config",
  "rootfs",
  "history",
];
const runtimeKeys = [
  "User",
  "ExposedPorts",
  "Env",
  "Entrypoint",
  "Cmd",
  "Healthcheck",
  "ArgsEscaped",
  "Volumes",
  "WorkingDir",
  "OnBuild",
  "Labels",
  "StopSignal",
  "Shell",
];

/** Where in the document an object stands: only these two have keys that the specification orders. */
type Place = "root" | "config";

/**
 * Bytes of a config that Kasane makes or changes.
 *
 * Alone: canonical, known keys in the specification's order, unknown ones after. With `base`, the bytes of the config it was
 * changed from: every member whose value did not change is copied from there byte for byte and in its place (numbers
 * beyond 2^53, escapes and all), new members follow.
 * @throws KasaneError `invalid-config`, `limit-exceeded` for the base
 */
export function encodeConfig(config: ImageConfig, base?: Uint8Array): Uint8Array {
  const from = base && parseConfigText(base);
  const text = from
    ? encodeChanged("root", config, from.config, from.text, 0)
    : JSON.stringify(ordered("root", config));
  return new TextEncoder().encode(text);
}

function encodeChanged(
  place: Place,
  now: Record<string, unknown>,
  before: Record<string, unknown>,
  text: string,
  start: number,
): string {
  const members: string[] = [];
  const written = new Set<string>();
  const found = jsonMembers(text, start);
  for (const [index, { key, valueStart, valueEnd }] of found.entries()) {
    // Of a key that stands twice the last counts, as it did for JSON.parse().
    if (found.findLastIndex((each) => each.key === key) !== index) continue;
    written.add(key);
    const old = before[key];
    const value = now[key];
    if (isSame(old, value)) members.push(`${JSON.stringify(key)}:${text.slice(valueStart, valueEnd)}`);
    else if (value === undefined) continue;
    else if (place === "root" && key === "config" && isJsonObject(value) && isJsonObject(old)) {
      members.push(`${JSON.stringify(key)}:${encodeChanged(key, value, old, text, valueStart)}`);
    } else members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  for (const [key, value] of Object.entries(ordered(place, now))) {
    // parseConfig() made "" of what is not there.
    if (written.has(key) || value === undefined || (value === "" && before[key] === "")) continue;
    members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  }
  return `{${members.join(",")}}`;
}

/** null and absent mean the same in a config. */
function isSame(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null) || Bun.deepEquals(a, b, true);
}

function ordered(place: Place, value: Record<string, unknown>): Record<string, unknown> {
  const known = place === "root" ? configKeys : runtimeKeys;
  const entries = [
    ...known.filter((key) => Object.hasOwn(value, key)).map((key) => [key, value[key]] as const),
    ...Object.entries(value).filter(([key]) => !known.includes(key)),
  ];
  return Object.fromEntries(
    entries.map(([key, each]) => [
      key,
      place === "root" && key === "config" && isJsonObject(each) ? ordered(key, each) : each,
    ]),
  );
}
