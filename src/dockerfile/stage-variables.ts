/**
 * The variables of a stage while its instructions are read: what ENV put into the image, and build arguments on top. The last one who
 * set a name wins, as in BuildKit.
 */
export class StageVariables {
  readonly #values = new Map<string, string>();
  /** Build arguments in the order they were declared, for the history of RUN. */
  readonly #args = new Map<string, string | undefined>();

  constructor(env: readonly string[], inherited?: StageVariables) {
    if (inherited) {
      // A stage on a stage has its arguments too.
      for (const [name, value] of inherited.#values) this.#values.set(name, value);
      for (const [name, value] of inherited.#args) this.#args.set(name, value);
      return;
    }
    for (const entry of env) this.#values.set(...splitEnv(entry));
  }

  readonly lookup = (name: string): string | undefined => this.#values.get(name);

  setEnv(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** `value` is undefined for an ARG without default that nobody gave a value. */
  declareArg(name: string, value: string | undefined): void {
    this.#args.set(name, value);
    if (value !== undefined) this.#values.set(name, value);
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }

  /** `NAME=value` for a process. */
  toEnv(): string[] {
    return [...this.#values].map(([name, value]) => `${name}=${value}`);
  }

  /** Declared arguments with the values they have now. */
  args(): { name: string; value: string }[] {
    return [...this.#args].map(([name, value]) => ({ name, value: this.#values.get(name) ?? value ?? "" }));
  }
}

/** Name and value of `NAME=value`. */
export function splitEnv(entry: string): [string, string] {
  const equals = entry.indexOf("=");
  return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

/** `env` with one variable set, in its old place where it had one. */
export function withEnv(env: readonly string[], name: string, value: string): string[] {
  const entry = `${name}=${value}`;
  const index = env.findIndex((old) => splitEnv(old)[0] === name);
  return index < 0 ? [...env, entry] : env.with(index, entry);
}
