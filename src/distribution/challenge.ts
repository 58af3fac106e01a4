/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly params: Readonly<Record<string, string>>;
}

const limitLength = 16 * 1024;

/**
 * Reads every challenge of the header, several in one line included: `Bearer realm="…",service="…", Basic realm="x"`.
 * Lenient where servers are sloppy (spaces around `=`, doubled or missing commas, unquoted values); what cannot be read is
 * left out, never guessed.
 */
export function parseChallenges(header: string | null): Challenge[] {
  if (header === null || header.length > limitLength) return [];
  const challenges: { scheme: string; params: Record<string, string> }[] = [];
  const scanner = new Scanner(header);
  for (;;) {
    scanner.skipSeparators();
    const word = scanner.token();
    if (word === "") {
      if (!scanner.skipOne()) break;
      continue;
    }
    if (!scanner.takeEquals()) {
      challenges.push({ scheme: word.toLowerCase(), params: Object.create(null) });
      continue;
    }
    const value = scanner.value();
    const params = challenges.at(-1)?.params;
    // The first one counts: a later duplicate cannot replace the realm.
    if (params && value !== undefined) params[word.toLowerCase()] ??= value;
  }
  return challenges;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  skipSeparators(): void {
    this.#match(/[\s,]*/y);
  }

  skipOne(): boolean {
    return ++this.#at <= this.#text.length;
  }

  token(): string {
    return this.#match(/[!#$%&'*+.^_`|~0-9A-Za-z-]*/y);
  }

  /** True for `=` after optional space; without one the space stays, as it separates a scheme from its parameters. */
  takeEquals(): boolean {
    return this.#match(/[ \t]*=[ \t]*/y) !== "";
  }

  /** A quoted string or whatever stands up to the next comma or space. undefined for a quote without an end. */
  value(): string | undefined {
    if (this.#text[this.#at] !== '"') return this.#match(/[^\s,"]*/y);
    const quoted = this.#match(/"(?:[^"\\]|\\[\s\S])*"/y);
    if (quoted !== "") return quoted.slice(1, -1).replaceAll(/\\([\s\S])/g, "$1");
    this.#at = this.#text.length;
    return undefined;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }
}
