import { isKasaneError } from "../lib/errors.ts";
import type { Digest } from "../oci/mod.ts";
import type { MeasuredImage, MeasuredSpace } from "./space.ts";
import type { SqliteDatabase } from "./sqlite-database.ts";

/** Images measured in one transaction: nobody else writes meanwhile. */
const batchSize = 250;

/** Far from those that are kept, which count from 1. */
const firstLooseId = 2 ** 52;

/** Names of the tables to read figures from. */
export interface SpaceTables {
  readonly spaces: string;
  readonly contents: string;
  readonly chains: string;
}

const keptTables: SpaceTables = {
  spaces: "image_spaces",
  contents: "image_contents",
  chains: "image_chains",
};
const looseTables: SpaceTables = {
  spaces: "loose_spaces",
  contents: "loose_contents",
  chains: "loose_chains",
};
const allTables: SpaceTables = { spaces: "every_space", contents: "every_content", chains: "every_chain" };

/** What was measured: kept in the database, or where that cannot be, loose in memory until it is measured again. */
export class MeasuredSpaces {
  readonly #database: SqliteDatabase;
  #looseCount = 0;
  #hasLooseTables = false;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  get tables(): SpaceTables {
    return this.#looseCount > 0 ? allTables : keptTables;
  }

  #forgetLoose(): void {
    if (this.#looseCount === 0) return;
    for (const table of Object.values(looseTables)) this.#database.run(`DELETE FROM ${table}`);
    this.#looseCount = 0;
  }

  /** The next images to be measured. */
  #missing(): Digest[] {
    const rows = this.#database.all<{ target: Digest }>(
      `SELECT target FROM images EXCEPT SELECT target FROM ${this.tables.spaces} LIMIT ${batchSize}`,
    );
    return rows.map(({ target }) => target);
  }

  /** Every image has figures after this. */
  complete(
    measure: (targets: readonly Digest[]) => readonly MeasuredImage[],
    options: { isReadOnly: boolean },
  ): void {
    this.#forgetLoose();
    while (this.#missing().length > 0) this.#addMissing(() => measure(this.#missing()), options);
  }

  #addMissing(measure: () => readonly MeasuredImage[], { isReadOnly }: { isReadOnly: boolean }): void {
    if (isReadOnly) {
      this.#addLoose(this.#database.read(measure));
      return;
    }
    try {
      const passing = this.#database.write("relaxed", () => {
        const images = measure();
        for (const { isPassing, spaces } of images) if (!isPassing) this.#insert(keptTables, spaces);
        return images.filter(({ isPassing }) => isPassing);
      });
      this.#addLoose(passing);
    } catch (error) {
      // On a full disk, or where the file may only be read, people look at what takes the space all the same.
      if (!isKasaneError(error, "no-space") && !isKasaneError(error, "io")) throw error;
      this.#addLoose(this.#database.read(measure));
    }
  }

  #addLoose(images: readonly MeasuredImage[]): void {
    if (images.length === 0) return;
    this.#makeLooseTables();
    for (const { spaces } of images) this.#insert(looseTables, spaces);
  }

  #makeLooseTables(): void {
    if (this.#hasLooseTables) return;
    const pairs = [
      [keptTables.spaces, looseTables.spaces, allTables.spaces],
      [keptTables.contents, looseTables.contents, allTables.contents],
      [keptTables.chains, looseTables.chains, allTables.chains],
    ] as const;
    for (const [kept, loose, all] of pairs) {
      this.#database.run(`CREATE TEMP TABLE ${loose} AS SELECT * FROM ${kept} WHERE false`);
      this.#database.run(`CREATE TEMP VIEW ${all} AS SELECT * FROM ${kept} UNION ALL SELECT * FROM ${loose}`);
    }
    this.#hasLooseTables = true;
  }

  #insert({ spaces, contents, chains }: SpaceTables, measured: readonly MeasuredSpace[]): void {
    const isLoose = spaces === looseTables.spaces;
    for (const [position, space] of measured.entries()) {
      const id = isLoose ? firstLooseId + this.#looseCount++ : null;
      const [transferred, stored, unpacked] = sumsOf(space);
      this.#database.run(
        `INSERT INTO ${spaces} (id, target, manifest, position, config, platform, transferred, stored, unpacked)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        space.target,
        space.manifest,
        position,
        space.config ?? null,
        space.platform ? JSON.stringify(space.platform) : null,
        transferred,
        stored,
        unpacked,
      );
      const own = id ?? this.#database.first<{ id: number }>("SELECT last_insert_rowid() AS id")!.id;
      for (const { node, storedBytes, transferredBytes, unpackedBytes } of space.contents) {
        this.#database.run(
          `INSERT INTO ${contents} (node, space, stored, transferred, unpacked) VALUES (?, ?, ?, ?, ?)`,
          node,
          own,
          storedBytes,
          transferredBytes,
          unpackedBytes,
        );
      }
      for (const { chain, sizeBytes } of space.chains) {
        this.#database.run(
          `INSERT INTO ${chains} (chain, space, size) VALUES (?, ?, ?)`,
          chain,
          own,
          sizeBytes,
        );
      }
    }
  }
}

function sumsOf({ contents }: MeasuredSpace): [transferred: number, stored: number, unpacked: number] {
  let [transferred, stored, unpacked] = [0, 0, 0];
  for (const { storedBytes, transferredBytes, unpackedBytes } of contents) {
    stored += storedBytes;
    transferred += transferredBytes;
    unpacked += unpackedBytes;
  }
  return [transferred, stored, unpacked];
}
