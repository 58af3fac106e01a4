/** Loaded when something is compressed: with the streams it brings it takes longer (10 ms) than most commands. */
export function zlib(): typeof import("node:zlib") {
  return require("node:zlib") as typeof import("node:zlib");
}
