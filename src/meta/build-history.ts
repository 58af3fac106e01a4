import type { Digest } from "../oci/mod.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** What decided a step's result, under the key that came of it. */
export interface StepInputs {
  readonly key: string;
  /** Which step of which Dockerfile this is. */
  readonly place: string;
  /** The instruction as it was written. */
  readonly text: string;
  readonly recordedAtMs: number;
  /** JSON of the builder's own. */
  readonly parts: string;
}

export interface BuildRecord {
  readonly id: string;
  readonly startedAtMs: number;
  /** The manifest it made; absent where it failed. */
  readonly image?: Digest;
  /** JSON of the builder's own. */
  readonly value: string;
}

/** Kept small: the oldest go when new ones come. A record that a crash forgets does no harm. */
export interface BuildHistoryTable {
  /** False where that key is known already; then only its time is new. */
  putInputs(inputs: StepInputs & { readonly files?: Uint8Array }): Promise<boolean>;
  inputs(key: string): Promise<StepInputs | undefined>;
  files(key: string): Promise<Uint8Array | undefined>;
  /** Of the same place or the same text, recorded before `beforeMs`, latest first: at most `limit` of each. */
  inputsLike(
    step: Pick<StepInputs, "place" | "text">,
    options: { beforeMs: number; limit: number },
  ): Promise<StepInputs[]>;
  putBuild(record: BuildRecord): Promise<void>;
  /** By a prefix of its id: at most two, so that a caller sees that it is ambiguous. */
  buildsById(prefix: string): Promise<BuildRecord[]>;
  /** The latest that made this manifest. */
  buildOf(image: Digest): Promise<BuildRecord | undefined>;
  /** Latest first. */
  builds(limit: number): Promise<BuildRecord[]>;
}

/** What is kept: with at most 256 KiB of files for a step (the builder's limit), a quarter of a gigabyte at the very worst. */
const keptInputs = 1000;
const keptBuilds = 200;

interface InputsRow {
  readonly key: string;
  readonly place: string;
  readonly text: string;
  readonly recorded_at: number;
  readonly parts: string;
}

interface BuildRow {
  readonly id: string;
  readonly started_at: number;
  readonly image: Digest | null;
  readonly value: string;
}

const inputColumns = "key, place, text, recorded_at, parts";
const buildColumns = "id, started_at, image, value";

export function buildHistoryTable(database: SqliteDatabase): BuildHistoryTable {
  return {
    async putInputs({ key, place, text, recordedAtMs, parts, files }) {
      return database.write("relaxed", () => {
        if (database.run("UPDATE step_inputs SET recorded_at = ? WHERE key = ?", recordedAtMs, key) > 0)
          return false;
        database.run(
          "INSERT INTO step_inputs VALUES (?, ?, ?, ?, ?, ?)",
          key,
          place,
          text,
          recordedAtMs,
          parts,
          files ?? null,
        );
        database.run(
          "DELETE FROM step_inputs WHERE key IN (SELECT key FROM step_inputs ORDER BY recorded_at DESC LIMIT -1 OFFSET ?)",
          keptInputs,
        );
        return true;
      });
    },
    async inputs(key) {
      const row = database.first<InputsRow>(`SELECT ${inputColumns} FROM step_inputs WHERE key = ?`, key);
      return row && inputsOf(row);
    },
    async files(key) {
      const row = database.first<{ files: Uint8Array | null }>(
        "SELECT files FROM step_inputs WHERE key = ?",
        key,
      );
      return row?.files ?? undefined;
    },
    async inputsLike({ place, text }, { beforeMs, limit }) {
      const like = (column: "place" | "text", value: string) =>
        database.all<InputsRow>(
          `SELECT ${inputColumns} FROM step_inputs WHERE ${column} = ? AND recorded_at < ? ORDER BY recorded_at DESC LIMIT ?`,
          value,
          beforeMs,
          limit,
        );
      const rows = new Map([...like("place", place), ...like("text", text)].map((row) => [row.key, row]));
      return [...rows.values()].map(inputsOf).sort((a, b) => b.recordedAtMs - a.recordedAtMs);
    },
    async putBuild({ id, startedAtMs, image, value }) {
      database.write("relaxed", () => {
        database.run(
          "INSERT OR REPLACE INTO builds VALUES (?, ?, ?, ?)",
          id,
          startedAtMs,
          image ?? null,
          value,
        );
        database.run(
          "DELETE FROM builds WHERE id IN (SELECT id FROM builds ORDER BY started_at DESC LIMIT -1 OFFSET ?)",
          keptBuilds,
        );
      });
    },
    async buildsById(prefix) {
      return database
        .all<BuildRow>(
          `SELECT ${buildColumns} FROM builds WHERE id >= ? AND id < ? ORDER BY id LIMIT 2`,
          prefix,
          `${prefix}\u{10ffff}`,
        )
        .map(buildOf);
    },
    async buildOf(image) {
      const row = database.first<BuildRow>(
        `SELECT ${buildColumns} FROM builds WHERE image = ? ORDER BY started_at DESC LIMIT 1`,
        image,
      );
      return row && buildOf(row);
    },
    async builds(limit) {
      return database
        .all<BuildRow>(`SELECT ${buildColumns} FROM builds ORDER BY started_at DESC, id LIMIT ?`, limit)
        .map(buildOf);
    },
  };
}

function inputsOf({ recorded_at, ...row }: InputsRow): StepInputs {
  return { ...row, recordedAtMs: recorded_at };
}

function buildOf({ started_at, image, ...row }: BuildRow): BuildRecord {
  return { ...row, startedAtMs: started_at, ...(image === null ? {} : { image }) };
}
