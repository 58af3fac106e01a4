import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { digestHex, digestOf } from "../../oci/digest.ts";
import { type KnownFile, KnownFiles } from "./known-files.ts";
import { type KnownSelection, KnownSelections } from "./known-selections.ts";

/** Raised when a reader of the old form would misread the new one. */
const version = 2;
/** What is known of a context that was not built for so long goes. */
const keptMs = 30 * 24 * 60 * 60 * 1000;
/** A context with more files than that is read anew each time. */
const maxFiles = 500_000;

/**
 * What earlier builds found out of a context's files. A file in `ROOT/contexts/` for each context: a line for what COPYs select, and a line for the
 * files, which nobody reads who needs none of them. Losing it costs a reading, and a damaged one is as good as none.
 */
export class KnownDigests {
  readonly files: KnownFiles;
  readonly selections: KnownSelections;
  readonly #path: string;
  readonly #context: string;
  #isForgotten = false;

  /**
   * @param directory of the store, for all contexts
   * @param context the context's real path
   */
  constructor(directory: string, context: string) {
    this.#path = join(directory, digestHex(digestOf(context)).slice(0, 32));
    this.#context = context;
    const { selections, readFiles } = read(this.#path, context);
    this.selections = new KnownSelections(context, selections);
    this.files = new KnownFiles(readFiles);
  }

  /** What this build asked for, for the next one. Nobody waits for the disk, and a failure costs no build. */
  save(): void {
    if (this.#isForgotten || !(this.files.isChanged || this.selections.isChanged)) return;
    const files = this.files.kept();
    if (files.size > maxFiles) return;
    const temporary = `${this.#path}.${crypto.randomUUID().slice(0, 8)}`;
    try {
      const directory = dirname(this.#path);
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      removeOld(directory);
      const head = JSON.stringify({ version, context: this.#context, selections: this.selections });
      writeFileSync(temporary, `${head}\n${JSON.stringify([...files])}`, { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch {
      remove(temporary);
    }
  }

  /** After something turned out not to be as it was known. */
  forget(): void {
    this.#isForgotten = true;
    remove(this.#path);
  }
}

function read(
  path: string,
  context: string,
): { selections: Record<string, KnownSelection>; readFiles: () => Map<string, KnownFile> } {
  try {
    const bytes = readFileSync(path);
    const end = bytes.indexOf("\n");
    const head = JSON.parse(bytes.toString("utf8", 0, end)) as {
      version: unknown;
      context: unknown;
      selections: Record<string, KnownSelection>;
    };
    if (head.version !== version || head.context !== context) return nothing;
    return {
      selections: head.selections ?? {},
      readFiles: () => parseFiles(bytes.toString("utf8", end + 1)),
    };
  } catch {
    return nothing;
  }
}

const nothing = { selections: {}, readFiles: () => new Map<string, KnownFile>() };

function parseFiles(text: string): Map<string, KnownFile> {
  try {
    return new Map(JSON.parse(text) as [string, KnownFile][]);
  } catch {
    return new Map();
  }
}

function removeOld(directory: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > keptMs) remove(path);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Not there, or not ours to remove.
  }
}
