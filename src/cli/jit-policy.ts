/**
 * How much later than usual JavaScriptCore compiles while a command is young. Most are over before compiling pays, and with two cores its
 * threads are in the way: `kasane images` took 26 ms of processor time instead of 33 (scripts/build.ts and bench/images.ts).
 */
export const startJitPolicy = 8;

/** After that a command is one that works for long. */
const youngMs = 300;

/** For the start of the process. Does not keep it running. */
export function compileLateAtFirst(): void {
  Bun.unsafe.setJITPolicy(startJitPolicy);
  setTimeout(() => Bun.unsafe.setJITPolicy(1), youngMs).unref();
}
