import { mkdirSync } from "node:fs";
import { KasaneError } from "./errors.ts";

/**
 * A directory that somebody named for what is written, or `path` in it, with all above it.
 * @throws KasaneError `io` where something else is there, or nothing can be made
 */
export function makeOutputDirectory(directory: string, path = directory): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new KasaneError("io", `${directory} is no directory that can be written`, {
      hint: "name another directory, or move away what is there",
      cause: error,
    });
  }
}
