import { open } from "node:fs/promises";

/**
 * Makes renames durable. An fsync of a directory covers every rename before its start, so all who ask while one is
 * running share the next one: a hundred commits at once cost a handful of fsyncs.
 */
export class DirectorySync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #queued = new Map<string, Promise<void>>();

  /** Resolves when everything renamed into `directory` before the call is on disk. */
  sync(directory: string): Promise<void> {
    const queued = this.#queued.get(directory);
    if (queued) return queued;
    const running = this.#running.get(directory);
    if (!running) return this.#start(directory);
    const next = running
      .catch(() => {})
      .then(() => {
        this.#queued.delete(directory);
        return this.#start(directory);
      });
    this.#queued.set(directory, next);
    return next;
  }

  #start(directory: string): Promise<void> {
    const run = syncDirectory(directory).finally(() => {
      if (this.#running.get(directory) === run) this.#running.delete(directory);
    });
    this.#running.set(directory, run);
    return run;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
