import type { Container } from "../../container/mod.ts";
import { isKasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";

export interface StopOptions {
  /** -1 waits for ever; absent: the container's own. */
  readonly timeoutS?: number;
  readonly signal?: NodeJS.Signals;
}

/** Ends a container, and waits for that. One that does not run is left as it is. */
export async function stopContainer(
  store: LocalStore,
  container: Container,
  { timeoutS, signal }: StopOptions = {},
): Promise<void> {
  if (container.state.kind !== "running") return;
  const { callSupervisor, containerDirectory, defaultStopTimeoutS, stopSignalOf } = await import(
    "../../container/mod.ts"
  );
  const seconds = timeoutS ?? container.settings.stopTimeoutS ?? defaultStopTimeoutS;
  try {
    const call = await callSupervisor(containerDirectory(store, container.id), {
      do: "stop",
      signal: signal ?? stopSignalOf(container),
      timeoutMs: seconds * 1000,
    });
    await call.answered;
  } catch (error) {
    // It has just ended by itself.
    if (!isKasaneError(error, "not-found")) throw error;
  }
}
