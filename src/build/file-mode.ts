import { KasaneError } from "../lib/mod.ts";

/** What `--chmod` does to a mode. */
export interface ModeChange {
  apply(mode: number, options: { isDirectory: boolean }): number;
  /** The mode itself where it does not depend on the old one. */
  readonly absolute?: number;
}

/**
 * Octal (`755`, `0644`) or symbolic (`u+x,go-w`, `a=rX`) as in chmod(1).
 * @throws KasaneError `invalid-dockerfile`
 */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const absolute = Number.parseInt(text, 8);
    if (absolute <= 0o7777) return { absolute, apply: () => absolute };
  } else {
    const clauses = text.split(",").map(parseClause);
    if (clauses.every((clause) => clause !== undefined)) {
      return {
        apply: (mode, { isDirectory }) =>
          clauses.reduce((current, clause) => clause(current, isDirectory, mode), mode),
      };
    }
  }
  throw new KasaneError("invalid-dockerfile", `invalid mode ${JSON.stringify(text)} in --chmod`, {
    hint: "write octal digits up to 7777, or a change like u+x,go-w",
  });
}

type Clause = (mode: number, isDirectory: boolean, original: number) => number;

const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

function parseClause(text: string): Clause | undefined {
  const match = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/.exec(text);
  if (!match) return undefined;
  const who = match[1] === "" || match[1]!.includes("a") ? "ugo" : match[1]!;
  const actions = [...match[2]!.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)].map(([, operator, what]) => ({
    operator: operator!,
    what: what!,
  }));
  return (mode, isDirectory) => {
    for (const { operator, what } of actions) {
      let bits = 0;
      let affected = 0;
      for (const one of who) {
        const shift = shifts[one]!;
        affected |= 0o7 << shift;
        if (one === "u") affected |= 0o4000;
        if (one === "g") affected |= 0o2000;
        bits |= permissions(what, mode, isDirectory) << shift;
        if (what.includes("s")) bits |= one === "u" ? 0o4000 : one === "g" ? 0o2000 : 0;
      }
      // Not where only the others are meant: so BuildKit has it, unlike chmod(1).
      if (what.includes("t") && who !== "o") bits |= 0o1000;
      if (operator === "+") mode |= bits;
      else if (operator === "-") mode &= ~bits;
      else mode = (mode & ~affected & (who === "ugo" ? ~0o1000 : ~0)) | bits;
    }
    return mode;
  };
}

function permissions(what: string, mode: number, isDirectory: boolean): number {
  if (/^[ugo]$/.test(what)) return (mode >> shifts[what]!) & 0o7;
  let bits = 0;
  if (what.includes("r")) bits |= 4;
  if (what.includes("w")) bits |= 2;
  if (what.includes("x") || (what.includes("X") && (isDirectory || (mode & 0o111) !== 0))) bits |= 1;
  return bits;
}
