import { constants, Database, SQLiteError, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { KasaneError, messageOf } from "../lib/errors.ts";
import type { GroupCommit } from "./group-commit.ts";
import { schemaVersion } from "./schema-version.ts";

/**
 * `durable`: on disk when write() returns. `relaxed`: on disk with the next durable write at the latest; for what a power cut makes
 * worthless anyway (leases) or what can be made again (cache, layer facts). Never out of order: it is one log.
 */
export type Durability = "durable" | "relaxed";

export type Row = Record<string, string | number | null | Uint8Array>;

/** How long a process waits for another one's write, ms. Writes take well under a millisecond; this is for a stopped machine. */
const busyTimeoutMs = 30_000;

/** Of pages of the file that are kept, KiB. Memory that is used for the first time costs more than to read a page again: of 2,600 page faults of a long list, 240. */
const cacheKiB = 8192;
const shortCacheKiB = 256;

/** One SQLite file, shared with other processes, with the schema in place. */
export class SqliteDatabase {
  readonly path: string;
  readonly #db: Database;
  #group: GroupCommit | undefined;
  readonly #statements = new Map<string, Statement>();
  #synchronous: "FULL" | "NORMAL" = "FULL";
  #changes = 0;
  #foreignVersion = -1;
  #isVersionFresh = false;

  constructor(path: string, options: { readOnly: boolean; isShort?: boolean }) {
    this.path = path;
    try {
      this.#db = open(path, options.readOnly);
    } catch (error) {
      throw databaseError(`open ${path}`, path, error);
    }
    try {
      this.#prepare(options);
    } catch (error) {
      this.#db.close();
      throw databaseError(`open ${path}`, path, error);
    }
  }

  /** All rows. Statements are compiled once and kept. */
  all<T = Row>(sql: string, ...values: SQLQueryBindings[]): T[] {
    try {
      return this.#statement(sql).all(...values) as T[];
    } catch (error) {
      throw this.#failure("read", error);
    }
  }

  first<T = Row>(sql: string, ...values: SQLQueryBindings[]): T | undefined {
    try {
      return (this.#statement(sql).get(...values) as T | null) ?? undefined;
    } catch (error) {
      throw this.#failure("read", error);
    }
  }

  /** The number of rows changed. Inside write() only. */
  run(sql: string, ...values: SQLQueryBindings[]): number {
    try {
      return this.#statement(sql).run(...values).changes;
    } catch (error) {
      throw this.#failure("write", error);
    }
  }

  /** Several reads of one moment. */
  read<T>(work: () => T): T {
    return this.#transaction("BEGIN", work);
  }

  /** One atomic step; no other process writes meanwhile. `work` is synchronous, so that nothing of ours comes between either. */
  write<T>(durability: Durability, work: () => T): T {
    const synchronous = durability === "durable" ? "FULL" : "NORMAL";
    if (this.#synchronous !== synchronous) {
      this.#db.run(`PRAGMA synchronous = ${synchronous}`);
      this.#synchronous = synchronous;
    }
    return this.#transaction("BEGIN IMMEDIATE", work);
  }

  /** Does everything that `work` writes and takes it back: what it returned is what would be. Nobody else sees any of it. */
  rehearse<T>(work: () => T): T {
    const outcome: { result?: T } = {};
    const done = new Error("rehearsed");
    try {
      this.#transaction("BEGIN IMMEDIATE", () => {
        outcome.result = work();
        throw done;
      });
    } catch (error) {
      if (error !== done) throw error;
    }
    return outcome.result as T;
  }

  /**
   * As write(), but in one transaction with everything else that is asked for in the same turn of the event loop, and one wait for
   * the disk, which holds up nobody else: for what servers do at a hundred requests at once. `work` changes nothing but the database:
   * it may have to run twice.
   */
  writeTogether<T>(durability: Durability, work: () => T): Promise<T> {
    this.#group ??= this.#openGroup();
    return this.#group.add(work, { isDurable: durability === "durable" });
  }

  /**
   * Differs from what it was whenever something has been committed meanwhile, here or by another process. Looks for the others once
   * per turn of the event loop: whoever was answered after a change sends what comes next in a later turn. (A look takes as long as
   * reading a row, 2.3 µs; at 32 connections a turn has about 20 requests.)
   */
  version(): number {
    if (!this.#isVersionFresh) {
      this.#isVersionFresh = true;
      setImmediate(() => {
        this.#isVersionFresh = false;
      });
      const { data_version } = this.first<{ data_version: number }>("PRAGMA data_version")!;
      if (data_version !== this.#foreignVersion) this.#changes++;
      this.#foreignVersion = data_version;
    }
    return this.#changes;
  }

  async close(): Promise<void> {
    await this.#group?.close();
    // An open statement keeps the file open.
    for (const statement of this.#statements.values()) statement.finalize();
    this.#db.close();
  }

  #openGroup(): GroupCommit {
    const { GroupCommit } = require("./group-commit.ts") as typeof import("./group-commit.ts");
    const { journal_mode } = this.first<{ journal_mode: string }>("PRAGMA journal_mode")!;
    const isLogged = journal_mode === "wal";
    return new GroupCommit({
      transact: (work) => this.write(isLogged ? "relaxed" : "durable", work),
      log: isLogged ? `${this.path}-wal` : undefined,
    });
  }

  /** Bun's own query() keeps twenty, and compiles every other one each time: with its triggers, that takes longer than to run it. */
  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #transaction<T>(begin: string, work: () => T): T {
    try {
      this.#statement(begin).run();
    } catch (error) {
      throw this.#failure("write", error);
    }
    try {
      const result = work();
      this.#statement("COMMIT").run();
      if (begin === "BEGIN IMMEDIATE") this.#changes++;
      return result;
    } catch (error) {
      if (this.#db.inTransaction) this.#db.run("ROLLBACK");
      throw this.#failure("write", error);
    }
  }

  /** What a newer program has made of the tables is no fault of whoever asked. */
  #failure(doing: "read" | "write", error: unknown): unknown {
    if (error instanceof SQLiteError && error.code === "SQLITE_ERROR" && this.#version() > schemaVersion) {
      return new KasaneError(
        "unsupported",
        `cannot ${doing} ${this.path}: a newer Kasane has changed its schema since this process opened it`,
        { hint: "start this process again, with the newer Kasane", cause: error },
      );
    }
    return databaseError(`${doing} ${this.path}`, this.path, error);
  }

  #prepare({ readOnly, isShort = false }: { readOnly: boolean; isShort?: boolean }): void {
    this.#db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    let version = this.#version();
    if (version < schemaVersion && !readOnly) {
      const { migrations } = require("./schema.ts") as typeof import("./schema.ts");
      useWal(this.#db);
      this.#db.run("PRAGMA synchronous = FULL");
      // Several processes may open a new store at once: the first one in makes the schema, the others find it made.
      version = this.#transaction("BEGIN IMMEDIATE", () => {
        for (let next = this.#version(); next < schemaVersion; next++) this.#db.run(migrations[next]!);
        if (this.#version() < schemaVersion) this.#db.run(`PRAGMA user_version = ${schemaVersion}`);
        return this.#version();
      });
    }
    if (version !== schemaVersion) {
      const age = version > schemaVersion ? "newer" : "older";
      throw new KasaneError(
        "unsupported",
        `cannot open ${this.path}: schema ${version} is ${age} than the ${schemaVersion} this version of Kasane works with`,
        {
          hint:
            age === "newer"
              ? "use the newer Kasane that wrote it"
              : "open it once without read-only to migrate it",
        },
      );
    }
    // A sweep marks what lives in a temporary table: not on a disk that may be full.
    this.#db.run(
      `PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${isShort ? shortCacheKiB : cacheKiB}`,
    );
  }

  #version(): number {
    return (this.#db.query("PRAGMA user_version").get() as { user_version: number }).user_version;
  }
}

function open(path: string, readOnly: boolean): Database {
  if (!readOnly) return new Database(path, { create: true, readwrite: true });
  const db = new Database(path, { readonly: true });
  try {
    db.query("PRAGMA user_version").get();
    return db;
  } catch (error) {
    db.close();
    const { existsSync, statSync } = require("node:fs") as typeof import("node:fs");
    const code = String((error as SQLiteError).code);
    const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const hasNoLog = /^SQLITE_(CANTOPEN|READONLY)/.test(code) || (isFull(code, path) && logBytes === 0);
    if (!hasNoLog || !existsSync(path)) throw error;
    // The write-ahead log has no files at the moment and cannot be given any here: nobody is writing, so the file is what it is.
    const uri = `file:${encodeURI(path).replaceAll("?", "%3f").replaceAll("#", "%23")}?immutable=1`;
    return new Database(uri, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
  }
}

/** The switch to the write-ahead log needs the file alone for a moment, and SQLite does not wait for that by itself. */
function useWal(db: Database): void {
  for (const deadline = Date.now() + busyTimeoutMs; ; Bun.sleepSync(2)) {
    try {
      db.query("PRAGMA journal_mode = WAL").get();
      return;
    } catch (error) {
      const isBusy = String((error as SQLiteError).code).startsWith("SQLITE_BUSY");
      if (!isBusy || Date.now() > deadline) throw error;
    }
  }
}

/** SQLite calls it an I/O error when there is no room for the files beside the database. Room may have come back before it is looked for. */
function isFull(code: string, path: string): boolean {
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE") return true;
  if (!code.startsWith("SQLITE_IOERR")) return false;
  const { statfsSync } = require("node:fs") as typeof import("node:fs");
  const { dirname } = require("node:path") as typeof import("node:path");
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 64 * 1024;
  } catch {
    return false;
  }
}

function databaseError(operation: string, path: string, error: unknown): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = String(error.code);
  const fail = (kind: "no-space" | "io" | "conflict", reason: string, hint?: string) =>
    new KasaneError(kind, `cannot ${operation}: ${reason}`, { cause: error, ...(hint && { hint }) });
  if (isFull(code, path)) {
    return fail("no-space", "no space left on the device", "free some space: unused images can be pruned");
  }
  if (code.startsWith("SQLITE_BUSY")) {
    return fail("conflict", `another process kept it locked for ${busyTimeoutMs / 1000} s`);
  }
  if (code.startsWith("SQLITE_READONLY") || code.startsWith("SQLITE_CANTOPEN") || code === "SQLITE_PERM") {
    return fail("io", messageOf(error), "check who owns the store's directory and whether it may be written");
  }
  if (code === "SQLITE_NOTADB" || code.startsWith("SQLITE_CORRUPT")) {
    return fail(
      "io",
      messageOf(error),
      "the file is damaged or not Kasane's; the blobs beside it are not affected",
    );
  }
  return fail("io", messageOf(error));
}
