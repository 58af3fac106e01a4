import type { Caller } from "../../registry/mod.ts";

/** What somebody (or a rule) did. JSON lines; one entry is one line. */
export interface AuditEntry {
  /** `push`, `mount`, `delete`, `login-failed`, `token-issued`, `robot-added`, `robot-removed`, `collected`, `retired` … */
  readonly action: string;
  /** Absent for what the server does by itself. */
  readonly caller?: Caller;
  readonly address?: string;
  readonly requestId?: string;
  readonly repository?: string;
  /** Facts of the action: digest, tags, sizeBytes, robot, reason. Never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export interface AuditLog {
  /** Resolves when the line is on disk. Never rejects: a log that cannot be written is reported and counted. */
  record(entry: AuditEntry): Promise<void>;
  reopen(): Promise<void>;
  close(): Promise<void>;
}
