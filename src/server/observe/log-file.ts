import { close, fdatasync, fstat, open, rename, stat, write } from "node:fs";
import { promisify } from "node:util";
import { errnoOf, KasaneError, messageOf } from "../../lib/mod.ts";
import { LineBuffer } from "./line-buffer.ts";

const calls = {
  open: promisify(open),
  close: promisify(close),
  stat: promisify(stat),
  fstat: promisify(fstat),
  rename: promisify(rename),
  sync: promisify(fdatasync),
  write: promisify(write) as unknown as (fd: number, bytes: Uint8Array, offset: number) => Promise<number>,
};

const standardError = 2;
/** Lines wait so long for company: one write for many. */
const delayMs = 100;
const eagerBytes = 32 * 1024;
/** A disk or pipe that is slower than what is logged may fall behind by so much; what comes then is dropped, and counted. */
const backlogBytes = 4 * 1024 * 1024;

export interface LogFileOptions {
  /** `-` is standard error. A new file is for its owner alone. */
  readonly path: string;
  /** flush() also waits for the disk, and nothing is ever dropped because it came too fast. */
  readonly isDurable?: boolean;
  /** Past this size the file becomes `PATH.1` (`.1` becomes `.2` …) and a new one begins. Absent: never. */
  readonly rotateBytes?: number;
  /** How many old files stay. Default 5. */
  readonly keep?: number;
  /** Told of every write that failed, and of lines that were dropped for it. */
  readonly onError: (error: unknown, droppedLines: number) => void;
}

/**
 * Whole lines at the end of a file, written side by side with what the program does. Several processes may write one file. When
 * the file has been moved away, by us or by logrotate, the next write makes a new one.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #fd: number;
  readonly #waiting = new LineBuffer();
  #dropped = 0;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  private constructor(options: LogFileOptions, fd: number) {
    this.#options = options;
    this.#fd = fd;
  }

  /** @throws KasaneError `io` */
  static async open(options: LogFileOptions): Promise<LogFile> {
    return new LogFile(options, await openLog(options.path));
  }

  /** `line` ends with a line feed and has no other. */
  append(line: string): void {
    if (this.#waiting.bytes > backlogBytes && !this.#options.isDurable) {
      this.#dropped++;
      return;
    }
    this.#waiting.add(line);
    if (this.#waiting.bytes > eagerBytes) void this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), delayMs).unref();
  }

  /** When it resolves, everything appended before is written, or was reported. Many that wait share one write. Never rejects. */
  flush(): Promise<void> {
    if (this.#waiting.bytes === 0) return this.#next ?? this.#running ?? Promise.resolve();
    // A write under way has taken its lines: those of now are in the one after it.
    this.#next ??= (this.#running ?? Promise.resolve()).then(() => this.#run());
    return this.#next;
  }

  /** After the file was moved away by somebody else. */
  async reopen(): Promise<void> {
    await this.flush();
    await this.#reopen().catch((error) => this.#options.onError(error, 0));
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#fd !== standardError) await calls.close(this.#fd).catch(() => {});
  }

  async #run(): Promise<void> {
    this.#running = this.#next;
    this.#next = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { chunks, lines } = this.#waiting.take();
    try {
      await this.#prepare();
      for (const chunk of chunks) await writeAll(this.#fd, chunk);
      if (this.#options.isDurable && this.#fd !== standardError) await calls.sync(this.#fd);
      if (this.#dropped > 0) this.#reportDropped();
    } catch (error) {
      this.#options.onError(error, lines);
    } finally {
      this.#running = undefined;
    }
  }

  #reportDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#options.onError(
      new KasaneError("io", `${dropped} log lines came faster than they could be written`),
      dropped,
    );
  }

  /** Makes sure that the file under the name is the one that is open, and has room. */
  async #prepare(): Promise<void> {
    const { path, rotateBytes } = this.#options;
    if (path === "-") return;
    const mine = await calls.fstat(this.#fd);
    const named = await calls.stat(path).catch(() => undefined);
    const isMine = named?.ino === mine.ino && named.dev === mine.dev;
    if (isMine && rotateBytes !== undefined && mine.size >= rotateBytes && mine.isFile())
      await this.#rotate();
    else if (isMine) return;
    await this.#reopen();
  }

  async #rotate(): Promise<void> {
    const { path, keep = 5 } = this.#options;
    for (let number = keep - 1; number >= 1; number--) {
      await calls.rename(`${path}.${number}`, `${path}.${number + 1}`).catch(ignoreAbsent);
    }
    await calls.rename(path, `${path}.1`).catch(ignoreAbsent);
  }

  async #reopen(): Promise<void> {
    if (this.#options.path === "-") return;
    const fd = await openLog(this.#options.path);
    const before = this.#fd;
    this.#fd = fd;
    await calls.close(before).catch(() => {});
  }
}

async function openLog(path: string): Promise<number> {
  if (path === "-") return standardError;
  try {
    return await calls.open(path, "a", 0o600);
  } catch (error) {
    throw new KasaneError("io", `cannot write the log ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += await calls.write(fd, bytes, offset);
    } catch (error) {
      // A pipe that does not block and whose reader is slow.
      if (errnoOf(error) !== "EAGAIN") throw error;
      await Bun.sleep(10);
    }
  }
}

function ignoreAbsent(error: unknown): void {
  if (errnoOf(error) !== "ENOENT") throw error;
}
