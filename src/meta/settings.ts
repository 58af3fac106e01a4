import type { SqliteDatabase } from "./sqlite-database.ts";

/** Values that all processes on a store share and that nobody configures: the key that signs tokens, and the like. */
export interface SettingTable {
  get(name: string): Promise<string | undefined>;
  /** Of many that propose one at the same time, one wins; all get the winner's. */
  getOrPut(name: string, proposal: string): Promise<string>;
  put(name: string, value: string): Promise<void>;
}

export function settingTable(_database: SqliteDatabase): SettingTable {
  const todo = () => Promise.reject(new Error("not built yet"));
  return { get: todo, getOrPut: todo, put: todo };
}
