import { didYouMean } from "../lib/mod.ts";
import { ArgumentError } from "./arguments.ts";

/** `list` may be given several times; `boolean` without a value is true. */
export type FlagKind = "string" | "boolean" | "list";

export type FlagValues<S extends Readonly<Record<string, FlagKind>>> = {
  -readonly [K in keyof S]: S[K] extends "boolean"
    ? boolean | undefined
    : S[K] extends "list"
      ? readonly string[]
      : string | undefined;
};

/**
 * Reads an instruction's `--name=value` words.
 * @throws ArgumentError for flags the instruction does not have, given twice, or without their value
 */
export function readFlags<const S extends Readonly<Record<string, FlagKind>>>(
  flags: readonly string[],
  known: S,
): FlagValues<S> {
  const values: Record<string, string | boolean | string[] | undefined> = {};
  for (const [name, kind] of Object.entries(known)) values[name] = kind === "list" ? [] : undefined;
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    const shown = equals < 0 ? flag : flag.slice(0, equals);
    const value = equals < 0 ? undefined : flag.slice(equals + 1);
    const name = shown.slice(2);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const near = didYouMean(name, Object.keys(known));
      throw new ArgumentError(`unknown flag ${shown}`, {
        hint: near?.replace("mean ", "mean --"),
        mark: shown,
      });
    }
    if (kind !== "list" && values[name] !== undefined) {
      throw new ArgumentError(`${shown} is given twice`, { mark: shown });
    }
    if (kind === "boolean") {
      values[name] = readBoolean(shown, value);
      continue;
    }
    if (value === undefined) throw new ArgumentError(`${shown} needs a value`, { mark: shown });
    if (kind === "list") (values[name] as string[]).push(value);
    else values[name] = value;
  }
  return values as FlagValues<S>;
}

function readBoolean(flag: string, value: string | undefined): boolean {
  switch (value?.toLowerCase()) {
    case undefined:
    case "true":
      return true;
    case "false":
      return false;
    default:
      throw new ArgumentError(`${flag} is true or false, not ${JSON.stringify(value)}`, { mark: flag });
  }
}
