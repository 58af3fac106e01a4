import { readFileSync } from "node:fs";

/**
 * Stops every process below `pid` (not itself) while `work` runs. Processes that appear while others are being stopped are found by looking again
 * until there is none.
 */
export async function whilePaused<T>(pid: number, work: () => Promise<T>): Promise<T> {
  const stopped = new Set<number>();
  const signal = (process_: number, name: "SIGSTOP" | "SIGCONT") => {
    try {
      process.kill(process_, name);
    } catch {
      // It has ended meanwhile.
    }
  };
  try {
    for (;;) {
      const fresh = descendantsOf(pid).filter((child) => !stopped.has(child));
      if (fresh.length === 0) break;
      for (const child of fresh) {
        signal(child, "SIGSTOP");
        stopped.add(child);
      }
    }
    return await work();
  } finally {
    for (const child of stopped) signal(child, "SIGCONT");
  }
}

/** Every process below `pid`, those nearer first on each branch. */
export function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
