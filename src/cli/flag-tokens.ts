/** What has to be known of a flag to read it. */
export interface ReadableFlag {
  readonly name: string;
  readonly short?: string;
  readonly bare?: string;
  /** `boolean`, and what has a `bare` value, takes no value but one behind `=`. */
  readonly type: string;
}

/** One thing that a command line says; `index` is the word it stands in. */
export type FlagToken<F> =
  | { readonly kind: "argument"; readonly index: number }
  /** `value` is undefined where none was given. */
  | {
      readonly kind: "flag";
      readonly index: number;
      readonly flag: F;
      readonly spelled: string;
      readonly value: string | undefined;
    }
  | { readonly kind: "unknown"; readonly index: number; readonly spelled: string };

/**
 * Takes a command line apart as people know it from docker: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `-f=value`, `-abc`, `--`,
 * and flags between arguments. The word after a flag that takes a value is that value, whatever it looks like.
 *
 * Node's parseArgs reads nearly the same, but node:util takes longer to load than everything else that stands before a command
 * (6 ms of 30 for `kasane version` from a checkout); so it is with generators (0.1 ms of 5, compiled).
 */
export function flagTokens<F extends ReadableFlag>(
  words: readonly string[],
  flags: readonly F[],
): FlagToken<F>[] {
  const tokens: FlagToken<F>[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") {
      while (++index < words.length) tokens.push({ kind: "argument", index });
      break;
    }
    if (word === "-" || !word.startsWith("-")) {
      tokens.push({ kind: "argument", index });
      continue;
    }
    for (const { spelled, flag, inline } of flagsOf(word, flags)) {
      if (flag === undefined) tokens.push({ kind: "unknown", index, spelled });
      else if (inline !== undefined || flag.type === "boolean" || flag.bare !== undefined) {
        tokens.push({ kind: "flag", index, flag, spelled, value: inline });
      } else {
        // Of several in one word only the last comes here.
        tokens.push({ kind: "flag", index, flag, spelled, value: words[index + 1] });
        index++;
      }
    }
  }
  return tokens;
}

interface FlagOfWord<F> {
  readonly spelled: string;
  readonly flag: F | undefined;
  readonly inline?: string | undefined;
}

/** The flags of one word, with the value that stands in it. */
function flagsOf<F extends ReadableFlag>(word: string, flags: readonly F[]): FlagOfWord<F>[] {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=", "--".length + 1);
    const spelled = equals < 0 ? word : word.slice(0, equals);
    const flag = flags.find(({ name }) => name === spelled.slice("--".length));
    return [{ spelled, flag, inline: equals < 0 ? undefined : word.slice(equals + 1) }];
  }
  const found: FlagOfWord<F>[] = [];
  for (let at = 1; at < word.length; at++) {
    const flag = flags.find(({ short }) => short === word[at]);
    const rest = word.slice(at + 1);
    const hasValue = flag?.type === "boolean" ? at === 1 && rest.startsWith("=") : flag && rest !== "";
    const inline = hasValue ? rest.replace(/^=/, "") : undefined;
    found.push({ spelled: `-${word[at]}`, flag, inline });
    if (hasValue) break;
  }
  return found;
}
