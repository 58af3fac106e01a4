import { parseDuration } from "../../lib/mod.ts";
import type { RetentionRule } from "../../retention/mod.ts";
import { type Flag, type ParsedFlags, usage } from "../flags.ts";

/** What says which tags stay, as flags. */
export const retentionFlags: readonly Flag[] = [
  {
    name: "repository",
    type: "strings",
    value: "PATTERN",
    help: "Repositories to look at, with * and ** (default all)",
  },
  { name: "tag", type: "strings", value: "PATTERN", help: "Look at these tags only; the others stay" },
  { name: "keep-last", type: "number", value: "N", help: "Keep the N tags pushed last" },
  { name: "keep-pushed", type: "string", value: "AGE", help: "Keep what was pushed within this time: 30d" },
  { name: "keep-pulled", type: "string", value: "AGE", help: "Keep what was pulled within this time" },
  { name: "keep-tag", type: "strings", value: "PATTERN", help: "Keep tags with such a name" },
  {
    name: "keep-semver",
    type: "string",
    value: "LINES[xVERSIONS]",
    help: "Keep the latest major.minor lines, with so many versions of each (default 1)",
  },
];

/** The same for local images: nobody pushes or pulls those by their names. */
export const localRetentionFlags: readonly Flag[] = [
  { name: "keep", type: "number", value: "N", help: "Of each repository keep the N tags given last" },
  { name: "keep-within", type: "string", value: "AGE", help: "Keep tags given within this time: 30d" },
  ...retentionFlags.filter(({ name }) => ["repository", "tag", "keep-tag", "keep-semver"].includes(name)),
];

/** Whether any flag says something about it. */
export function hasRule(flags: ParsedFlags, among = retentionFlags): boolean {
  return among.some(({ name, type }) =>
    type === "strings"
      ? flags.strings(name).length > 0
      : (type === "number" ? flags.number(name) : flags.string(name)) !== undefined,
  );
}

/** @throws KasaneError `usage` when nothing is to be kept, or a value cannot be read */
export function retentionRule(flags: ParsedFlags, command: string): RetentionRule {
  const keep: RetentionRule["keep"] = {
    ...present("last", count(flags, command)),
    ...present("pushedWithinMs", age(flags.string("keep-pushed") ?? flags.string("keep-within"))),
    ...present("pulledWithinMs", age(flags.string("keep-pulled"))),
    ...present("tags", nonEmpty(flags.strings("keep-tag"))),
    ...present("semver", semver(flags.string("keep-semver"), command)),
  };
  if (Object.keys(keep).length === 0) {
    throw usage("nothing says what to keep: give one of the --keep flags", command);
  }
  return {
    repositories: nonEmpty(flags.strings("repository")) ?? ["**"],
    ...present("tags", nonEmpty(flags.strings("tag"))),
    keep,
  };
}

/** What is no count must not be taken for none: then everything would go. */
function count(flags: ParsedFlags, command: string): number | undefined {
  const last = flags.number("keep-last") ?? flags.number("keep");
  if (last === undefined || (Number.isSafeInteger(last) && last >= 0)) return last;
  throw usage("how many tags to keep is a whole number, 0 or more", command);
}

function semver(text: string | undefined, command: string): RetentionRule["keep"]["semver"] {
  if (text === undefined) return undefined;
  const [, lines, perLine = "1"] = /^(\d{1,6})(?:x(\d{1,6}))?$/.exec(text) ?? [];
  if (lines === undefined) throw usage("--keep-semver is not LINES or LINESxVERSIONS", command);
  return { lines: Number(lines), perLine: Number(perLine), prereleases: false };
}

function age(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

function nonEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length > 0 ? list : undefined;
}

function present<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  return (value === undefined ? {} : { [name]: value }) as Partial<Record<K, V>>;
}
