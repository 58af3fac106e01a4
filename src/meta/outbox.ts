import type { SqliteDatabase } from "./sqlite-database.ts";

/** A notification that has to reach an endpoint. */
export interface OutboxRecord {
  readonly id: number;
  readonly endpoint: string;
  /** JSON of one event, as the endpoint gets it. */
  readonly event: string;
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly createdAtMs: number;
}

/** Notifications on their way. They survive this process, and each is sent by one process at a time. */
export interface OutboxTable {
  add(entries: readonly { endpoint: string; event: string }[]): Promise<void>;
  /** Takes what is due, oldest first, for `leaseMs`: no other process gets it meanwhile. */
  take(options: { endpoint: string; limit: number; leaseMs: number }): Promise<OutboxRecord[]>;
  /** They have arrived. */
  remove(ids: readonly number[]): Promise<void>;
  /** They have not: again at `nextAtMs`. */
  postpone(ids: readonly number[], nextAtMs: number): Promise<void>;
  /** Waiting ones by endpoint; for metrics and for a limit on what a dead endpoint may cost. */
  pending(): Promise<{ endpoint: string; count: number; oldestAtMs: number }[]>;
  /** Drops the oldest of an endpoint beyond `keep`; returns how many. */
  trim(endpoint: string, keep: number): Promise<number>;
}

export function outboxTable(_database: SqliteDatabase): OutboxTable {
  const todo = () => Promise.reject(new Error("not built yet"));
  return { add: todo, take: todo, remove: todo, postpone: todo, pending: todo, trim: todo };
}
