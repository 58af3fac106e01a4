import { KasaneError } from "../lib/mod.ts";
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
  /** Absent: not disabled. */
  readonly disabledAtMs?: number;
}

export interface RobotTable {
  /** @throws KasaneError `already-exists` */
  add(robot: Omit<RobotRecord, "usedAtMs" | "disabledAtMs">): Promise<void>;
  get(name: string): Promise<RobotRecord | undefined>;
  /** By name. */
  list(): Promise<RobotRecord[]>;
  /** New secret, rights or end; null takes an end away. False when there is no such robot. */
  update(
    name: string,
    change: {
      secretHash?: string;
      rights?: string;
      expiresAtMs?: number | null;
      disabledAtMs?: number | null;
    },
  ): Promise<boolean>;
  /** A crash may forget it. Does not change the revision. */
  noteUse(name: string, atMs: number): Promise<void>;
  delete(name: string): Promise<boolean>;
  /** Grows with every change of any robot, by any process: what was read at the same revision still holds. */
  revision(): Promise<number>;
}

interface RobotRow {
  readonly name: string;
  readonly secret_hash: string;
  readonly rights: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly used_at: number | null;
  readonly disabled_at: number | null;
}

export function robotTable(database: SqliteDatabase): RobotTable {
  const change = (work: () => number): boolean =>
    database.write("durable", () => {
      const isChanged = work() > 0;
      if (isChanged) database.run("UPDATE counters SET value = value + 1 WHERE name = 'robots'");
      return isChanged;
    });
  return {
    async add({ name, secretHash, rights, createdAtMs, expiresAtMs }) {
      const isAdded = change(() =>
        database.run(
          "INSERT INTO robots (name, secret_hash, rights, created_at, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
          name,
          secretHash,
          rights,
          createdAtMs,
          expiresAtMs ?? null,
        ),
      );
      if (!isAdded)
        throw new KasaneError("already-exists", `there is a robot ${name} already`, {
          hint: "choose another name, or give it a new secret: kasane registry robot rotate",
        });
    },
    async get(name) {
      const row = database.first<RobotRow>("SELECT * FROM robots WHERE name = ?", name);
      return row && robotOf(row);
    },
    async list() {
      return database.all<RobotRow>("SELECT * FROM robots ORDER BY name").map(robotOf);
    },
    async update(name, { secretHash, rights, expiresAtMs, disabledAtMs }) {
      return change(() =>
        database.run(
          `UPDATE robots SET secret_hash = coalesce(?2, secret_hash), rights = coalesce(?3, rights),
             expires_at = CASE WHEN ?4 THEN ?5 ELSE expires_at END,
             disabled_at = CASE WHEN ?6 THEN ?7 ELSE disabled_at END WHERE name = ?1`,
          name,
          secretHash ?? null,
          rights ?? null,
          expiresAtMs === undefined ? 0 : 1,
          expiresAtMs ?? null,
          disabledAtMs === undefined ? 0 : 1,
          disabledAtMs ?? null,
        ),
      );
    },
    async noteUse(name, atMs) {
      database.write("relaxed", () =>
        database.run("UPDATE robots SET used_at = max(coalesce(used_at, 0), ?) WHERE name = ?", atMs, name),
      );
    },
    async delete(name) {
      return change(() => database.run("DELETE FROM robots WHERE name = ?", name));
    },
    async revision() {
      return database.first<{ value: number }>("SELECT value FROM counters WHERE name = 'robots'")!.value;
    },
  };
}

function robotOf(row: RobotRow): RobotRecord {
  return {
    name: row.name,
    secretHash: row.secret_hash,
    rights: row.rights,
    createdAtMs: row.created_at,
    ...(row.expires_at !== null && { expiresAtMs: row.expires_at }),
    ...(row.used_at !== null && { usedAtMs: row.used_at }),
    ...(row.disabled_at !== null && { disabledAtMs: row.disabled_at }),
  };
}
