import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../lib/errors.ts";

export const revisionKey = "org.kasane.revision";

/** index.json says first which revision it was made from: that is found without reading the rest. */
const headBytes = 256;

/** The revision of the images that `ROOT/index.json` shows; undefined where there is none. Every command asks: threads would take longer. */
export function writtenRevision(root: string): number | undefined {
  let file: number;
  try {
    file = openSync(join(root, "index.json"), "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const head = Buffer.alloc(headBytes);
    const length = readSync(file, head, 0, headBytes, 0);
    const match = new RegExp(`"${revisionKey}":"(\\d+)"`).exec(head.toString("latin1", 0, length));
    return match ? Number(match[1]) : undefined;
  } finally {
    closeSync(file);
  }
}
