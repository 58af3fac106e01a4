/**
 * How much later than usual JavaScriptCore compiles while a command is young. Most are over before compiling pays, and with two cores its
 * threads are in the way: `kasane images` of 5,000 names took 22 ms of processor time instead of 26 at 8, and
 * 32 at 1; with 50 names there is no difference from 32 on (scripts/build.ts and bench/images.ts).
 */
export const startJitPolicy = 64;

/** After that a command is one that works for long. */
const youngMs = 300;

/** For the start of the process. Does not keep it running. */
export function compileLateAtFirst(): void {
  Bun.unsafe.setJITPolicy(startJitPolicy);
  setTimeout(() => Bun.unsafe.setJITPolicy(1), youngMs).unref();
}
