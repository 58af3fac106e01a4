import { isKasaneError, KasaneError, messageOf, type ProgressListener } from "../lib/mod.ts";
import type { BuildListener, BuildStep, BuildTask } from "./progress.ts";

/** Work beside the steps, told of while it goes on. */
export async function toldTask<T>(
  emit: BuildListener,
  name: string,
  work: (task: BuildTask) => Promise<T>,
): Promise<T> {
  const task = { name };
  const startedAt = performance.now();
  emit({ kind: "task-started", task });
  try {
    const result = await work(task);
    emit({ kind: "task-finished", task, durationMs: performance.now() - startedAt });
    return result;
  } catch (cause) {
    const error = isKasaneError(cause) ? cause : new KasaneError("internal", messageOf(cause), { cause });
    emit({ kind: "task-failed", task, error });
    throw cause;
  }
}

const lastPhases = ["pulled", "exists", "pushed", "mounted", "pushed-exists"];

/** Layers on their way, as parts of what waits for them. */
export function transferParts(emit: BuildListener, of: BuildStep | BuildTask): ProgressListener {
  return ({ id, phase, current, total }) => {
    if (phase === "waiting" || phase === "preparing" || phase === "retrying") return;
    const part = {
      ...{ id, isDone: lastPhases.includes(phase) },
      ...(current !== undefined && { currentBytes: current }),
      ...(total !== undefined && { totalBytes: total }),
    };
    emit({ kind: "progress", of, part });
  };
}
