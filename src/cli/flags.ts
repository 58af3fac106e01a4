import { parseArgs } from "node:util";
import { closest, didYouMean, KasaneError } from "../lib/mod.ts";

/** One flag of a command. `name` is the long form; `value` names its value in the help. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly type: "boolean" | "string" | "strings" | "number";
  readonly value?: string;
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
  let tokens = tokenize(argv, flags);
  let rest: string[] | undefined;
  if (options.stopAtFirstArgument) {
    const first = tokens.find((token) => token.kind === "positional");
    if (first) {
      rest = argv.slice(first.index);
      // A `--` before the first argument only ends the flags.
      tokens = tokenize(argv.slice(0, first.index), flags);
    }
  }
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const values = new Map<string, (string | boolean | number)[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const flag = byName.get(token.name);
    if (!flag) throw unknownFlag(token.rawName, argv[token.index] ?? token.rawName, flags, options.command);
    const value = readValue(flag, token, options.command);
    const list = values.get(flag.name);
    if (list && flag.type === "strings") list.push(value);
    else values.set(flag.name, [value]);
  }
  const one = (name: string) => values.get(name)?.[0];
  return {
    arguments: rest ?? positionals,
    boolean: (name) => one(name) === true,
    maybeBoolean: (name) => one(name) as boolean | undefined,
    string: (name) => one(name) as string | undefined,
    strings: (name) => (values.get(name) ?? []) as string[],
    number: (name) => one(name) as number | undefined,
  };
}

function tokenize(argv: readonly string[], flags: readonly Flag[]) {
  const options: Record<string, { type: "boolean" | "string"; short?: string; multiple: boolean }> = {};
  for (const flag of flags) {
    const type = flag.type === "boolean" ? "boolean" : "string";
    options[flag.name] = { type, multiple: true, ...(flag.short && { short: flag.short }) };
  }
  const args = withLongBooleans(argv, flags);
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** `-p=false` in the long form, word for word: parseArgs reads it as several short flags. */
function withLongBooleans(argv: readonly string[], flags: readonly Flag[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, index) => {
    const match = end < 0 || index < end ? /^-([^-])=(.*)$/s.exec(word) : null;
    const flag = match && flags.find(({ short, type }) => type === "boolean" && short === match[1]);
    return flag ? `--${flag.name}=${match[2]}` : word;
  });
}

function readValue(
  flag: Flag,
  token: { rawName: string; value?: string | undefined },
  command: string,
): string | boolean | number {
  // parseArgs reads -f=x as the value "=x"; pflag, which people know, reads "x".
  const isShort = !token.rawName.startsWith("--");
  const value = isShort && token.value?.startsWith("=") ? token.value.slice(1) : token.value;
  if (flag.type === "boolean") {
    if (value === undefined) return true;
    if (/^(true|t|1)$/i.test(value)) return true;
    if (/^(false|f|0)$/i.test(value)) return false;
    throw usage(
      `invalid argument ${JSON.stringify(value)} for ${spelled(flag)}: must be true or false`,
      command,
    );
  }
  if (value === undefined) throw usage(`flag needs an argument: ${token.rawName}`, command);
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

function notOneOf(oneOf: readonly string[], value: string, flag: Flag, command: string): KasaneError {
  const list = `${oneOf.slice(0, -1).join(", ")} or ${oneOf.at(-1)}`;
  return usage(`invalid argument ${JSON.stringify(value)} for ${spelled(flag)}: must be ${list}`, command, {
    hint: didYouMean(value, oneOf),
  });
}

function unknownFlag(
  rawName: string,
  argument: string,
  flags: readonly Flag[],
  command: string,
): KasaneError {
  if (rawName.startsWith("--")) {
    const known = flags.filter((flag) => !flag.hidden).map((flag) => flag.name);
    const near = closest(rawName.slice("--".length), [...known, "help"]);
    return usage(`unknown flag: ${rawName}`, command, {
      hint: near === undefined ? undefined : `did you mean --${near}?`,
    });
  }
  return usage(`unknown shorthand flag: '${rawName.slice(1)}' in ${argument}`, command);
}

/** A mistake in the command line itself: where there is no better hint, it names the command's help. */
export function usage(
  message: string,
  command: string,
  { hint = `see 'kasane ${command} --help'` }: { hint?: string | undefined } = {},
): KasaneError {
  return new KasaneError("usage", message, { hint });
}
