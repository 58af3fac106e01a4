import type { LocalStore } from "../store/mod.ts";
import type { Flag, ParsedFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** One verb of the command line. Its module imports at the top only what every call of it needs. */
export interface Command {
  /** As it is typed: `image prune`. */
  readonly name: string;
  readonly summary: string;
  /** After the name: `[OPTIONS] NAME[:TAG|@DIGEST]`. */
  readonly usage: string;
  /** What the summary leaves out. */
  readonly description?: string;
  readonly examples: readonly { readonly call: string; readonly what: string }[];
  readonly flags: readonly Flag[];
  /** How many arguments it takes; `max` absent = any number. */
  readonly arguments: { readonly min: number; readonly max?: number };
  /** Exit code of a call with too few or too many arguments, where docker's 1 has a meaning of its own. */
  readonly wrongCallCode?: number;
  /** Everything from the first argument on belongs to the program that is run. */
  readonly stopAtFirstArgument?: boolean;
  /**
   * Set when it works on unpacked trees: as an ordinary user it runs inside a user namespace. `where-possible`: much of it works without
   * one, as in a container that forbids them.
   */
  readonly needsPrivilege?: true | "where-possible";
  /** As an ordinary user, the process whose user namespace it runs in instead of a new one. */
  readonly joins?: (flags: ParsedFlags, store: () => Promise<LocalStore>) => Promise<number | undefined>;
  /** True when it changes nothing (with these flags): then it works on a store that may not be written. */
  readonly onlyReads?: boolean | ((flags: ParsedFlags) => boolean);
  /** Returns the exit code (undefined = 0). Errors are thrown. */
  run(context: CommandContext): Promise<number | undefined>;
}

/** What a command works with. */
export interface CommandContext {
  readonly flags: ParsedFlags;
  readonly terminal: Terminal;
  /** Opened at the first call, closed when the command is over. */
  store(): Promise<LocalStore>;
  /** Fires at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** From now on SIGINT and SIGTERM are for the program that the command runs, which gets them from the sandbox. */
  leaveSignals(): void;
  /** The calling process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The store's root directory as it was chosen. */
  root(): Promise<string>;
}
