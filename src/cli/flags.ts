import { KasaneError } from "../lib/errors.ts";
import { flagTokens } from "./flag-tokens.ts";

/** One flag of a command. `name` is the long form; `value` names its value in the help. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly type: "boolean" | "string" | "strings" | "number";
  readonly value?: string;
  /** Its value where it stands alone; another one comes after `=`. */
  readonly bare?: string;
  /** The only values it takes. */
  readonly oneOf?: readonly string[];
  readonly help: string;
  /** Shown nowhere: accepted for compatibility. */
  readonly hidden?: boolean;
}

/** Flags and arguments of one call. Absent flags are absent keys. */
export interface ParsedFlags {
  readonly arguments: readonly string[];
  boolean(name: string): boolean;
  /** undefined where the flag was not given: for booleans whose default is true or depends. */
  maybeBoolean(name: string): boolean | undefined;
  string(name: string): string | undefined;
  strings(name: string): readonly string[];
  number(name: string): number | undefined;
}

/**
 * Reads a command line as people know it from docker: long and short flags, `--flag=value`, `-f=value`, grouped short
 * flags, `--flag=false`, flags between arguments. With `stopAtFirstArgument` everything from the first argument on belongs to the
 * command that is run.
 * @throws KasaneError `usage`
 */
export function parseFlags(
  argv: readonly string[],
  flags: readonly Flag[],
  options: { stopAtFirstArgument?: boolean; command: string },
): ParsedFlags {
  const values = new Map<string, (string | boolean | number)[]>();
  const given: string[] = [];
  for (const token of flagTokens(argv, flags)) {
    if (token.kind === "unknown")
      throw unknownFlag(token.spelled, argv[token.index]!, flags, options.command);
    if (token.kind === "argument") {
      if (options.stopAtFirstArgument) {
        given.push(...argv.slice(token.index));
        break;
      }
      given.push(argv[token.index]!);
      continue;
    }
    const { flag } = token;
    const value = readValue(flag, token, options.command);
    const list = values.get(flag.name);
    if (list && flag.type === "strings") list.push(value);
    else values.set(flag.name, [value]);
  }
  const one = (name: string) => values.get(name)?.[0];
  return {
    arguments: given,
    boolean: (name) => one(name) === true,
    maybeBoolean: (name) => one(name) as boolean | undefined,
    string: (name) => one(name) as string | undefined,
    strings: (name) => (values.get(name) ?? []) as string[],
    number: (name) => one(name) as number | undefined,
  };
}

function readValue(
  flag: Flag,
  { spelled: asGiven, value }: { spelled: string; value: string | undefined },
  command: string,
): string | boolean | number {
  if (flag.type === "boolean") {
    if (value === undefined) return true;
    if (/^(true|t|1)$/i.test(value)) return true;
    if (/^(false|f|0)$/i.test(value)) return false;
    throw usage(
      `invalid argument ${JSON.stringify(value)} for ${spelled(flag)}: must be true or false`,
      command,
    );
  }
  if (value === undefined && flag.bare !== undefined) return flag.bare;
  if (value === undefined) throw usage(`flag needs an argument: ${asGiven}`, command);
  if (flag.oneOf?.includes(value) === false) throw notOneOf(flag.oneOf, value, flag, command);
  if (flag.type !== "number") return value;
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) {
    throw usage(`invalid argument ${JSON.stringify(value)} for ${spelled(flag)}: must be a number`, command);
  }
  return number;
}

function spelled(flag: Flag): string {
  return flag.short ? `"-${flag.short}, --${flag.name}" flag` : `"--${flag.name}" flag`;
}

/** For those who mistype. */
function nearWord() {
  return require("../lib/near-word.ts") as typeof import("../lib/near-word.ts");
}

function notOneOf(oneOf: readonly string[], value: string, flag: Flag, command: string): KasaneError {
  const list = `${oneOf.slice(0, -1).join(", ")} or ${oneOf.at(-1)}`;
  return usage(`invalid argument ${JSON.stringify(value)} for ${spelled(flag)}: must be ${list}`, command, {
    hint: nearWord().didYouMean(value, oneOf),
  });
}

function unknownFlag(
  rawName: string,
  argument: string,
  flags: readonly Flag[],
  command: string,
): KasaneError {
  if (rawName === "--root")
    return usage(`unknown flag: ${rawName}`, command, {
      hint: `it stands before the command: kasane --root DIR ${command}`,
    });
  if (rawName.startsWith("--")) {
    const known = flags.filter((flag) => !flag.hidden).map((flag) => flag.name);
    const near = nearWord().closest(rawName.slice("--".length), [...known, "help"]);
    return usage(`unknown flag: ${rawName}`, command, {
      hint: near === undefined ? undefined : `did you mean --${near}?`,
    });
  }
  const letter = rawName.slice(1);
  // Of several letters in one word, those before it are fine.
  const rest = argument.slice(argument.indexOf(letter, 1));
  return usage(`unknown shorthand flag: '${letter}' in -${rest}`, command);
}

/** A mistake in the command line itself: where there is no better hint, it names the command's help. */
export function usage(
  message: string,
  command: string,
  { hint = `see 'kasane ${command} --help'` }: { hint?: string | undefined } = {},
): KasaneError {
  return new KasaneError("usage", message, { hint });
}
