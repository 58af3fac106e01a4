/** Time stamps come from a clock that ticks every 1 to 10 ms. */
const settledMs = 50;
/** Where a file system keeps whole seconds (or two), as FAT does. */
const settledCoarseMs = 2500;

/**
 * Whether what was last changed at `changedMs` would show a newer time if it changed after `readAtMs` of this machine's clock. As git does with its
 * index ("racy git"), what had been changed just before it was looked at is not believed: it may be changed once more within the same tick of
 * the clock.
 */
export function isSettled(changedMs: number, readAtMs: number): boolean {
  return changedMs <= readAtMs - (changedMs % 1000 === 0 ? settledCoarseMs : settledMs);
}
