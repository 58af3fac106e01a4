import type { DigestHasher } from "../oci/mod.ts";

interface FileState {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

const limit = 1024;

/** The running hashes of suspended uploads, as long as nobody else has written to their files. The oldest give way. */
export class SuspendedHashes {
  readonly #hashes = new Map<string, { hasher: DigestHasher; state: FileState }>();

  put(id: string, hasher: DigestHasher, state: FileState): void {
    this.#hashes.delete(id);
    this.#hashes.set(id, { hasher, state });
    if (this.#hashes.size > limit) this.#hashes.delete(this.#hashes.keys().next().value!);
  }

  take(id: string, state: FileState): DigestHasher | undefined {
    const kept = this.#hashes.get(id);
    this.#hashes.delete(id);
    const isSame =
      kept?.state.ino === state.ino && kept.state.size === state.size && kept.state.mtimeNs === state.mtimeNs;
    return isSame ? kept?.hasher : undefined;
  }
}
