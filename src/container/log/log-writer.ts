import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { defaultLogLimits, type LogEntry, type LogLimits, logFile, partBytes } from "./log-entry.ts";

type Stream = LogEntry["stream"];

/**
 * Keeps what a container writes: JSON lines with times, in files that are exchanged when they are full. The container never waits for room on
 * the disk: what cannot be written is left out.
 */
export class LogWriter {
  readonly #file: string;
  readonly #limits: LogLimits;
  readonly #parts: Readonly<Record<Stream, LineSplitter>> = {
    stdout: new LineSplitter(),
    stderr: new LineSplitter(),
  };
  #fd: number;
  #bytes: number;

  constructor(directory: string, limits: LogLimits = defaultLogLimits) {
    this.#file = logFile(directory);
    this.#limits = limits;
    this.#fd = openSync(this.#file, "a", 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  write(stream: Stream, chunk: Uint8Array): void {
    this.#append(stream, this.#parts[stream].push(chunk));
  }

  /** What has no line feed at its end is written as it is. */
  close(): void {
    for (const stream of ["stdout", "stderr"] as const) this.#append(stream, this.#parts[stream].end());
    closeSync(this.#fd);
  }

  #append(stream: Stream, lines: readonly string[]): void {
    if (lines.length === 0) return;
    const time = new Date(performance.timeOrigin + performance.now()).toISOString();
    const text = lines.map((log) => `${JSON.stringify({ log, stream, time } satisfies LogEntry)}\n`).join("");
    try {
      if (this.#bytes > 0 && this.#bytes + text.length > this.#limits.maxBytes) this.#rotate();
      const bytes = Buffer.from(text);
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(this.#fd, bytes, offset);
      this.#bytes += bytes.length;
    } catch {
      // No room. The program goes on.
    }
  }

  #rotate(): void {
    for (let age = this.#limits.maxFiles - 2; age >= 0; age--) {
      const from = age === 0 ? this.#file : `${this.#file}.${age}`;
      try {
        renameSync(from, `${this.#file}.${age + 1}`);
      } catch {
        // There are not so many yet.
      }
    }
    const isOnly = this.#limits.maxFiles <= 1;
    const fd = openSync(this.#file, isOnly ? "w" : "a", 0o600);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = 0;
  }
}

/** Cuts a stream of bytes after line feeds, and lines that are too long in parts. */
class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest = "";

  push(chunk: Uint8Array): string[] {
    return this.#cut(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): string[] {
    const lines = this.#cut(this.#decoder.decode());
    if (this.#rest !== "") lines.push(this.#rest);
    this.#rest = "";
    return lines;
  }

  #cut(text: string): string[] {
    const lines: string[] = [];
    let rest = this.#rest + text;
    for (;;) {
      const feed = rest.indexOf("\n");
      const end = feed >= 0 && feed < partBytes ? feed + 1 : rest.length > partBytes ? partBytes : 0;
      if (end === 0) break;
      lines.push(rest.slice(0, end));
      rest = rest.slice(end);
    }
    this.#rest = rest;
    return lines;
  }
}
