import { join } from "node:path";

/** One line of a container's log, as Docker's json-file driver writes it; a part of one where `log` does not end with a line feed. */
export interface LogEntry {
  readonly log: string;
  readonly stream: "stdout" | "stderr";
  /** RFC 3339 with fractions of a second, UTC. */
  readonly time: string;
}

/** Lines longer than this come in parts. */
export const partBytes = 16 << 10;

/** How much of its output a container keeps. */
export interface LogLimits {
  readonly maxBytes: number;
  /** The one that is written and those before it. */
  readonly maxFiles: number;
}

/** What was asked for: with `none` nothing is kept. */
export interface LogSettings extends Partial<LogLimits> {
  readonly driver: "json-file" | "local" | "none";
  /** As they were given, for `inspect`. */
  readonly options: Readonly<Record<string, string>>;
}

export const defaultLogLimits: LogLimits = { maxBytes: 10 << 20, maxFiles: 3 };

/** The file that is written; older ones have `.1`, `.2` … after their name. */
export function logFile(directory: string): string {
  return join(directory, "log.json");
}
