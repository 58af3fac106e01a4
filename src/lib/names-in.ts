import { readdirSync } from "node:fs";
import { errnoOf } from "./errors.ts";

/** What is in a directory; nothing where there is none. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
