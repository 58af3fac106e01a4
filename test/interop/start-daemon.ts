/** A program that runs until it is stopped. */
export interface Started {
  /** What it said when it was ready. */
  readonly match: RegExpMatchArray;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a daemon and waits until it says on standard error that it is ready. */
export async function startDaemon(
  argv: readonly string[],
  ready: RegExp,
  env: Record<string, string> = {},
): Promise<Started> {
  const child = Bun.spawn([...argv], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  let said = "";
  const match = await new Promise<RegExpMatchArray | null>((resolve) => {
    void (async () => {
      const decoder = new TextDecoder();
      // Read on after the match: a daemon whose pipe is full stands still.
      for await (const chunk of child.stderr) {
        said = (said + decoder.decode(chunk, { stream: true })).slice(-100_000);
        const found = said.match(ready);
        if (found) resolve(found);
      }
      resolve(null);
    })();
  });
  if (match) {
    return {
      match,
      pid: child.pid,
      async stop() {
        child.kill("SIGTERM");
        await child.exited;
      },
    };
  }
  throw new Error(`${argv[0]} ended with ${await child.exited} before it was ready:\n${said}`);
}
