import { Database } from "bun:sqlite";
import { messageOf } from "../../lib/mod.ts";
import { headerLimitBytes, packageLimit, RpmError } from "./rpm-error.ts";

/**
 * The headers in an `rpmdb.sqlite`. `path` is a copy of the file, with its write-ahead log beside it where it has one, in a directory that
 * SQLite may write to.
 * @throws RpmError
 */
export function* sqliteHeaders(path: string): Generator<Uint8Array> {
  let database: Database | undefined;
  try {
    database = new Database(path, { readwrite: true, create: false });
    // What else the file brings (views, triggers, computed columns) is not to run.
    database.run("PRAGMA trusted_schema = OFF");
    database.run("PRAGMA cell_size_check = ON");
    const table = database
      .query("SELECT type, rootpage, sql FROM sqlite_schema WHERE name = 'Packages'")
      .get() as { type: string; rootpage: number } | null;
    if (table?.type !== "table" || !(table.rootpage > 0)) throw new RpmError("it has no table Packages");
    const columns = database.query("PRAGMA table_xinfo(Packages)").all() as {
      name: string;
      hidden: number;
    }[];
    if (!columns.some(({ name }) => name === "blob") || columns.some(({ hidden }) => hidden !== 0)) {
      throw new RpmError("its table Packages has other columns");
    }
    const rows = database.query(
      `SELECT blob FROM Packages NOT INDEXED WHERE typeof(blob) = 'blob' AND length(blob) <= ${headerLimitBytes} LIMIT ${packageLimit + 1}`,
    );
    let packages = 0;
    for (const { blob } of rows.iterate() as IterableIterator<{ blob: Uint8Array }>) {
      if (++packages > packageLimit) throw new RpmError(`it has more than ${packageLimit} packages`);
      yield blob;
    }
  } catch (error) {
    if (error instanceof RpmError) throw error;
    throw new RpmError(messageOf(error), { cause: error });
  } finally {
    database?.close();
  }
}
