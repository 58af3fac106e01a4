/** Waits for what another thread, timer or process does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 5_000; !(await condition()); await Bun.sleep(2)) {
    if (Date.now() > deadline) throw new Error("did not happen");
  }
}
