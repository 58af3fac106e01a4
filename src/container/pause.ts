import { readFileSync } from "node:fs";

/**
 * Stops every process below `pid` (not itself) while `work` runs. Processes that appear while others are being stopped are found by looking again
 * until there is none. They go on when `work` has ended, and also when this process is killed before.
 */
export async function whilePaused<T>(pid: number, work: () => Promise<T>): Promise<T> {
  const waker = startWaker();
  try {
    const stopped = new Set<number>();
    for (;;) {
      const fresh = descendantsOf(pid).filter((child) => !stopped.has(child));
      if (fresh.length === 0) break;
      for (const child of fresh) {
        stopped.add(child);
        await waker.wakesLater(child);
        stop(child);
      }
    }
    return await work();
  } finally {
    await waker.wake();
  }
}

interface Waker {
  /** Settles when the process is sure to be woken, whatever becomes of this one. */
  wakesLater(pid: number): Promise<void>;
  wake(): Promise<void>;
}

/** A process of another session, which wakes those it was told of when its input ends: that is also how it learns that this one was killed. */
function startWaker(): Waker {
  const script = 'pids=; while read -r pid; do pids="$pids $pid"; done; kill -CONT $pids 2>/dev/null; exit 0';
  const child = Bun.spawn(["/bin/sh", "-c", script], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  return {
    wakesLater: async (pid) => {
      child.stdin.write(`${pid}\n`);
      await child.stdin.flush();
    },
    wake: async () => {
      await child.stdin.end();
      await child.exited;
    },
  };
}

function stop(pid: number): void {
  try {
    process.kill(pid, "SIGSTOP");
  } catch {
    // It has ended meanwhile.
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
