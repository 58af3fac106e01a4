/**
 * Between the steps of a long list. What SQLite answers is there at once, so a loop that awaits nothing else would keep every other
 * request waiting until its end.
 */
export function letOthersGo(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
