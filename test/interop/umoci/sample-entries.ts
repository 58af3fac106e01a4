import type { TestEntry } from "../../../src/layer/testing/layer-tar.ts";

/** Every directory is named, with its own time: what is compared are the programs, not the clock. */
export const dir = (path: string, time: number, mode = 0o755): TestEntry => ({
  path: `${path}/`,
  time,
  mode,
});
export const file = (path: string, content = path): TestEntry => ({
  path,
  content,
  mode: 0o640,
  uid: 33,
  gid: 34,
  time: 7,
});
