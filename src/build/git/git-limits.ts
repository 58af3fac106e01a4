import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { formatDuration, KasaneError } from "../../lib/mod.ts";

/** What a repository may cost. */
export interface GitLimits {
  /** So long a server may say nothing and send nothing. */
  readonly idleMs: number;
  /** Of what is fetched, and its files together, on the disk. */
  readonly maxBytes: number;
}

export const defaultGitLimits: GitLimits = { idleMs: 60_000, maxBytes: 20 * 1024 ** 3 };

/** What is watched while git works. */
export interface GitWatch {
  /** How errors call the repository. */
  readonly remote: string;
  readonly limits: GitLimits;
  /** Everything that is fetched goes there; absent where nothing is. */
  readonly directory?: string;
  /** Whether a silent server is waited for. */
  readonly isRemote: boolean;
}

const lookEveryMs = 250;

/**
 * Looks at the directory now and then. `exceeded` hears of the limit that was passed, once.
 * @returns `spoke()` says that there was a sign of life, `last()` looks once more at what was fetched, `end()` ends it
 */
export function watchGit(
  { remote, limits, directory, isRemote }: GitWatch,
  exceeded: (error: KasaneError) => void,
): { spoke(): void; last(): Promise<void>; end(): void } {
  let isOver = false;
  let sizeBytes = 0;
  let aliveMs = performance.now();
  let timer: ReturnType<typeof setTimeout>;
  const tell = (error: KasaneError) => {
    isOver = true;
    exceeded(error);
  };
  const checkSize = async () => {
    const now = directory === undefined ? 0 : await bytesBelow(directory);
    if (isOver) return;
    if (now !== sizeBytes) aliveMs = performance.now();
    sizeBytes = now;
    if (sizeBytes <= limits.maxBytes) return;
    tell(
      new KasaneError("limit-exceeded", `${remote} takes more than the limit of ${limits.maxBytes} bytes`, {
        hint: "raise the limit, if you know the repository: KASANE_GIT_SIZE=50GB",
      }),
    );
  };
  const look = async () => {
    const beganMs = performance.now();
    await checkSize();
    if (isOver) return;
    if (isRemote && performance.now() - aliveMs > limits.idleMs) {
      const length = formatDuration(limits.idleMs);
      tell(
        new KasaneError("network", `${remote} has sent nothing for ${length}`, {
          hint: "try again later, or wait longer: KASANE_GIT_TIMEOUT=5m",
        }),
      );
      return;
    }
    // A large tree is looked at less often.
    timer = setTimeout(look, Math.max(lookEveryMs, 10 * (performance.now() - beganMs)));
  };
  timer = setTimeout(look, lookEveryMs);
  return {
    spoke() {
      aliveMs = performance.now();
    },
    last: async () => (isRemote ? checkSize() : undefined),
    end() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** Files come and go meanwhile. */
async function bytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  let sum = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) sum += await bytesBelow(path);
    else sum += (await lstat(path).catch((): Pick<Stats, "size"> => ({ size: 0 }))).size;
  }
  return sum;
}
