import { readdir } from "node:fs/promises";
import { errnoOf } from "../lib/mod.ts";

/** What is in a directory; nothing where there is none. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
