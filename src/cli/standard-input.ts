/**
 * What comes in on standard input. An interrupt ends it at once, with the signal's reason: at a terminal, or behind a program that says
 * nothing, it could go on forever.
 */
export async function* standardInput(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const reader = Bun.stdin.stream().getReader();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}
