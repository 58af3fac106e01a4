/** How the value of a key is written. */
export type ValueKind =
  | "text"
  | "boolean"
  | "count"
  /** Go's durations, and days and weeks: `1h30m`, `7d`. A bare number is nanoseconds, as distribution takes it. */
  | "duration"
  /** `10GB`, `4MiB`, or bytes. */
  | "size"
  | "texts"
  /** Names with one value or a list of values each. */
  | "headers"
  /** Names with one value each. */
  | "labels"
  /** Names with a list of values each. */
  | "groups"
  /** A section that may be given without anything in it. */
  | "section"
  | "any"
  | { readonly oneOf: readonly string[] };

/**
 * One key that a configuration may have. The table of these is all there is to know about the format: reading, errors, `--check` and the
 * documentation come from it.
 */
export interface ConfigKey {
  /** `http.tls.clientcas`; `[]` stands for an item of a list: `notifications.endpoints[].url`. */
  readonly path: string;
  readonly kind: ValueKind;
  /** What it does, for documentation. */
  readonly help: string;
  /** Known and without meaning here: why. It covers everything below its path. */
  readonly ignored?: string;
  /** Known, and something would be wrong if we went on without it: why not, and what to do instead. */
  readonly refused?: { readonly reason: string; readonly hint: string };
  /** Never shown; and its variable may end in `_FILE`, naming a file that has the value. */
  readonly isSecret?: true;
}

export function key(path: string, kind: ValueKind, help: string): ConfigKey {
  return { path, kind, help };
}

export function secret(path: string, help: string): ConfigKey {
  return { path, kind: "text", help, isSecret: true };
}

export function ignored(path: string, why: string): ConfigKey {
  return { path, kind: "any", help: "", ignored: why };
}

export function refused(path: string, reason: string, hint: string): ConfigKey {
  return { path, kind: "any", help: "", refused: { reason, hint } };
}
