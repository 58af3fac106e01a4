import type { SqliteDatabase } from "./sqlite-database.ts";

/** Values that all processes on a store share and that nobody configures: the key that signs tokens, and the like. */
export interface SettingTable {
  get(name: string): Promise<string | undefined>;
  /** Of many that propose one at the same time, one wins; all get the winner's. */
  getOrPut(name: string, proposal: string): Promise<string>;
  put(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
}

export function settingTable(database: SqliteDatabase): SettingTable {
  const find = (name: string) =>
    database.first<{ value: string }>("SELECT value FROM settings WHERE name = ?", name)?.value;
  return {
    async get(name) {
      return find(name);
    },
    async getOrPut(name, proposal) {
      return (
        find(name) ??
        database.write("durable", () => {
          database.run("INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING", name, proposal);
          return find(name)!;
        })
      );
    },
    async put(name, value) {
      database.write("durable", () =>
        database.run(
          "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
          name,
          value,
        ),
      );
    },
    async delete(name) {
      database.write("durable", () => database.run("DELETE FROM settings WHERE name = ?", name));
    },
  };
}
