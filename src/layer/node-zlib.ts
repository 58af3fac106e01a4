/** Loaded when something is compressed: with the streams it brings it takes longer (10 ms) than most commands. */
export function zlib(): typeof import("node:zlib") {
  return require("node:zlib") as typeof import("node:zlib");
}

/** What a call tells its callback. `promisify` would load all of `node:util`, 1.5 ms, in every program that might compress something. */
export function settle<T>(call: (done: (error: Error | null, result: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => (error ? reject(error) : resolve(result)));
  });
}
