import { readFileSync } from "node:fs";

/** What a file of a control group says; undefined where there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

export function wordsOf(path: string): string[] {
  return (readText(path) ?? "").trim().split(/\s+/).filter(Boolean);
}
