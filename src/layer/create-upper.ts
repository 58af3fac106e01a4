import { closeSync, mkdirSync, openSync } from "node:fs";
import { OPEN_DIRECTORY } from "../lib/libc/mod.ts";
import { type AttributeOptions, impliedAttributes, setAttributes } from "./attributes.ts";
import type { ImageTree } from "./tree.ts";

/**
 * Makes an upper directory with the attributes of the image's root directory: in an overlay the root's are those of the upper
 * directory, and diffUpper() takes a difference for a change that a step made.
 */
export function createUpper(directory: string, lower: ImageTree, options: AttributeOptions): void {
  mkdirSync(directory, { mode: 0o700 });
  const handle = openSync(directory, OPEN_DIRECTORY);
  try {
    setAttributes(handle, "", lower.get("")?.entry ?? impliedAttributes, options);
  } finally {
    closeSync(handle);
  }
}
