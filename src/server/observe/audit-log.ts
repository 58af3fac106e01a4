import type { Caller, RegistryEvent } from "../../registry/mod.ts";
import { LogFile } from "./log-file.ts";
import { quoteJson } from "./log-text.ts";
import { requestIdOf } from "./request-notes.ts";

/** What somebody (or a rule) did. */
export interface AuditEntry {
  /** `push`, `mount`, `delete`, `login-failed`, `token-issued`, `robot-added`, `robot-removed`, `collected`, `retired` … */
  readonly action: string;
  /** Absent for what the server does by itself. */
  readonly caller?: Caller;
  readonly address?: string;
  readonly requestId?: string;
  readonly repository?: string;
  /** Facts of the action: digest, tags, sizeBytes, robot, reason. Never a secret. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
}

/** JSON lines of who did what; one entry is one line. */
export interface AuditLog {
  /** Resolves when the line is on disk. Never rejects: a log that cannot be written is reported and counted. */
  record(entry: AuditEntry): Promise<void>;
  /** After its file was moved away. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Many entries at the same time share one write and one fsync.
 * @throws KasaneError `io`
 */
export async function openAuditLog(options: {
  readonly path: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly rotateBytes?: number;
  readonly keep?: number;
  readonly onError: (error: unknown, droppedLines: number) => void;
}): Promise<AuditLog> {
  const { fields = {}, ...file } = options;
  const log = await LogFile.open({ ...file, isDurable: true });
  return {
    record(entry) {
      log.append(auditLine(entry, fields));
      return log.flush();
    },
    reopen: () => log.reopen(),
    close: () => log.close(),
  };
}

/** The entry of a push, mount or delete. */
export function auditEntryOf(event: RegistryEvent): AuditEntry {
  return {
    action: event.action,
    caller: event.caller,
    address: event.peer.address,
    requestId: requestIdOf(event.request),
    repository: event.repository,
    detail: {
      kind: event.kind,
      digest: event.digest,
      tags: event.tags.length === 0 ? undefined : event.tags,
      mediaType: event.mediaType,
      sizeBytes: event.sizeBytes,
      fromRepository: event.fromRepository,
    },
  };
}

function auditLine(entry: AuditEntry, fields: Readonly<Record<string, string>>): string {
  const { action, caller, address, requestId, repository, detail } = entry;
  const parts: Record<string, unknown> = {
    time: new Date().toISOString(),
    log: "audit",
    action,
    by: caller?.kind ?? (address === undefined ? "server" : "unknown"),
    user: caller?.name || undefined,
    client: address || undefined,
    id: requestId,
    repository,
    ...detail,
    ...fields,
  };
  const members = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : `${quoteJson(name)}:${jsonOf(value)}`,
  );
  return `{${members.join(",")}}\n`;
}

function jsonOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => quoteJson(String(item))).join(",")}]`;
  return typeof value === "string" ? quoteJson(value) : JSON.stringify(value);
}
