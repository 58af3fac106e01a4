import type { SqliteDatabase } from "./sqlite-database.ts";

/** An account for a program. Its secret is known to nobody here. */
export interface RobotRecord {
  readonly name: string;
  /** Hash of the secret, in access/'s own form. */
  readonly secretHash: string;
  /** JSON of access/'s own: what it may do. */
  readonly rights: string;
  readonly createdAtMs: number;
  /** Absent: does not expire. */
  readonly expiresAtMs?: number;
  readonly usedAtMs?: number;
}

export interface RobotTable {
  /** @throws KasaneError `already-exists` */
  add(robot: Omit<RobotRecord, "usedAtMs">): Promise<void>;
  get(name: string): Promise<RobotRecord | undefined>;
  list(): Promise<RobotRecord[]>;
  /** New secret, rights or end. False when there is no such robot. */
  update(
    name: string,
    change: { secretHash?: string; rights?: string; expiresAtMs?: number | null },
  ): Promise<boolean>;
  noteUse(name: string, atMs: number): Promise<void>;
  delete(name: string): Promise<boolean>;
}

export function robotTable(_database: SqliteDatabase): RobotTable {
  const todo = () => Promise.reject(new Error("not built yet"));
  return { add: todo, get: todo, list: todo, update: todo, noteUse: todo, delete: todo };
}
