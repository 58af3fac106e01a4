import { closeSync, openSync, readSync, statSync } from "node:fs";
import { errnoOf } from "../../lib/mod.ts";
import { type LogEntry, logFile } from "./log-entry.ts";

export interface ReadLogOptions {
  /** Only as many lines from the end. */
  readonly tail?: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Goes on as long as it says true, and to the end of what is there then. */
  readonly follow?: () => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** How often a log that is followed is looked at, ms. */
const lookMs = 50;
/** Beyond this there are no older files of anybody's making. */
const maxFiles = 1000;

/** What a container has written, the oldest first. Nothing where it never ran, or had no log. */
export async function* readLog(directory: string, options: ReadLogOptions = {}): AsyncGenerator<LogEntry> {
  const file = logFile(directory);
  const wanted = ({ time }: LogEntry) => {
    const ms = Date.parse(time);
    return !(ms < (options.sinceMs ?? Number.NEGATIVE_INFINITY) || ms > (options.untilMs ?? Infinity));
  };
  const reader = new LogReader(file);
  try {
    const present = presentEntries(file, reader, wanted);
    yield* options.tail === undefined ? present : last(present, options.tail);
    while (options.follow !== undefined && !options.signal?.aborted) {
      // Asked first: what was written before the end is read after it.
      const goesOn = await options.follow();
      let isEmpty = true;
      for (const entry of reader.read()) {
        isEmpty = false;
        if (options.untilMs !== undefined && Date.parse(entry.time) > options.untilMs) return;
        if (wanted(entry)) yield entry;
      }
      if (!goesOn && isEmpty) return;
      if (isEmpty) await Bun.sleep(lookMs);
    }
  } finally {
    reader.close();
  }
}

/** Of the files that were exchanged, and of the one that is written. */
function* presentEntries(
  file: string,
  current: LogReader,
  wanted: (entry: LogEntry) => boolean,
): Generator<LogEntry> {
  let oldest = 0;
  while (oldest < maxFiles && exists(`${file}.${oldest + 1}`)) oldest++;
  for (let age = oldest; age > 0; age--) {
    const reader = new LogReader(`${file}.${age}`);
    for (const entry of reader.read()) if (wanted(entry)) yield entry;
    reader.close();
  }
  for (const entry of current.read()) if (wanted(entry)) yield entry;
}

/** The last `count` lines: parts of one line count once. */
function* last(entries: Iterable<LogEntry>, count: number): Generator<LogEntry> {
  const kept: LogEntry[][] = [];
  let isOpen = false;
  for (const entry of entries) {
    if (isOpen) kept.at(-1)!.push(entry);
    else kept.push([entry]);
    isOpen = !entry.log.endsWith("\n");
    if (kept.length > count) kept.shift();
    if (count === 0) isOpen = false;
  }
  for (const line of kept) yield* line;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Reads on in a file where it stopped, and in the next one of its name when that was exchanged. */
class LogReader {
  readonly #path: string;
  #fd: number | undefined;
  #inode = 0;
  #position = 0;
  #rest = "";
  readonly #decoder = new TextDecoder();

  constructor(path: string) {
    this.#path = path;
  }

  *read(): Generator<LogEntry> {
    for (;;) {
      yield* this.#readOpened();
      const { ino } = statSync(this.#path, { throwIfNoEntry: false }) ?? {};
      if (ino === undefined || ino === this.#inode) return;
      // What was written between the last look and the exchange.
      yield* this.#readOpened();
      this.close();
      if (!this.#open()) return;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  *#readOpened(): Generator<LogEntry> {
    if (this.#fd === undefined) return;
    const buffer = new Uint8Array(64 << 10);
    for (;;) {
      const length = readSync(this.#fd, buffer, 0, buffer.length, this.#position);
      if (length === 0) return;
      this.#position += length;
      const lines = (this.#rest + this.#decoder.decode(buffer.subarray(0, length), { stream: true })).split(
        "\n",
      );
      this.#rest = lines.pop()!;
      for (const line of lines) {
        const entry = parseEntry(line);
        if (entry !== undefined) yield entry;
      }
    }
  }

  #open(): boolean {
    try {
      this.#fd = openSync(this.#path, "r");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
    this.#inode = statSync(`/proc/self/fd/${this.#fd}`).ino;
    this.#position = 0;
    this.#rest = "";
    return true;
  }
}

/** undefined for half a line, which a full disk leaves. */
function parseEntry(line: string): LogEntry | undefined {
  try {
    const { log, stream, time } = JSON.parse(line) as Partial<LogEntry>;
    return typeof log === "string" && typeof time === "string"
      ? { log, stream: stream === "stderr" ? "stderr" : "stdout", time }
      : undefined;
  } catch {
    return undefined;
  }
}
