import { closeSync, mkdirSync, openSync } from "node:fs";
import { OPEN_DIRECTORY } from "../lib/libc/mod.ts";
import { type AttributeOptions, type Attributes, impliedAttributes, setAttributes } from "./attributes.ts";

/**
 * Makes an upper directory with the attributes of the image's root directory, where a layer describes it: in an overlay the root's are those of the upper
 * directory, and diffUpper() takes a difference for a change that a step made.
 */
export function createUpper(
  directory: string,
  root: Attributes | undefined,
  options: AttributeOptions,
): void {
  mkdirSync(directory, { mode: 0o700 });
  const handle = openSync(directory, OPEN_DIRECTORY);
  try {
    setAttributes(handle, "", root ?? impliedAttributes, options);
  } finally {
    closeSync(handle);
  }
}
