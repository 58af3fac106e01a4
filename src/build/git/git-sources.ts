import type { Credentials } from "./git-access.ts";
import { gitAccess } from "./git-access.ts";
import type { GitAddress } from "./git-address.ts";
import type { GitLimits } from "./git-limits.ts";
import { checkOutGit, type ResolvedGit, resolveGit } from "./git-source.ts";

/** Files of a repository on this machine, for as long as the build takes. */
export interface GitCheckout {
  readonly path: string;
  /** Of the commit. */
  readonly timeSeconds: number;
}

/** The repositories of one build: each is asked and fetched once, whoever wants it. */
export class GitSources {
  readonly #credentials: Credentials;
  readonly #signal: AbortSignal;
  readonly #newDirectory: () => string;
  readonly #limits: GitLimits;
  readonly #resolved = new Map<string, Promise<ResolvedGit>>();
  readonly #checkouts = new Map<string, Promise<GitCheckout>>();

  constructor(parts: {
    credentials: Credentials;
    signal: AbortSignal;
    newDirectory: () => string;
    limits: GitLimits;
  }) {
    this.#credentials = parts.credentials;
    this.#signal = parts.signal;
    this.#newDirectory = parts.newDirectory;
    this.#limits = parts.limits;
  }

  resolve(address: GitAddress, checksum?: string): Promise<ResolvedGit> {
    return once(this.#resolved, JSON.stringify([address, checksum]), () =>
      resolveGit(address, { ...this.#options(address), checksum }),
    );
  }

  checkOut(resolved: ResolvedGit, { keepGitDir }: { keepGitDir: boolean }): Promise<GitCheckout> {
    return once(this.#checkouts, JSON.stringify([resolved, keepGitDir]), () =>
      checkOutGit(resolved, {
        ...this.#options(resolved.address),
        directory: this.#newDirectory(),
        keepGitDir,
      }),
    );
  }

  #options(address: GitAddress) {
    return {
      access: gitAccess(address, this.#credentials),
      signal: this.#signal,
      limits: this.#limits,
    };
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  let found = known.get(key);
  if (!found) {
    found = work();
    known.set(key, found);
  }
  return found;
}
