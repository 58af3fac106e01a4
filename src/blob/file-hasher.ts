import { KasaneError } from "../lib/mod.ts";
import type { Digest, DigestAlgorithm } from "../oci/mod.ts";

export type HashOrder =
  | { readonly kind: "follow"; readonly path: string; readonly algorithm: DigestAlgorithm }
  | {
      readonly kind: "digest";
      readonly path: string;
      readonly algorithm: DigestAlgorithm;
      readonly sizeBytes: number;
    }
  | { readonly kind: "rest" | "forget"; readonly path: string };

export type HashAnswer =
  | { readonly path: string; readonly digest: Digest }
  | { readonly path: string; readonly error: string };

/** The compiled program has it under its path below src/ (scripts/build.ts). */
const workerUrl = import.meta.url.includes("/$bunfs/")
  ? "/$bunfs/root/blob/hash-worker.ts"
  : new URL("./hash-worker.ts", import.meta.url).href;

interface Waiting {
  readonly resolve: (digest: Digest) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Hashes files in a thread of their own, while they are being written: hashing 300 MB takes longer (0.17 s) than receiving and writing
 * them, and everybody else would wait for it. The thread starts with the first file.
 */
export class FileHasher {
  readonly #waiting = new Map<string, Waiting>();
  #worker: Worker | undefined;

  /** The file is about to grow, and only at its end. */
  follow(path: string, algorithm: DigestAlgorithm): void {
    this.#send({ kind: "follow", path, algorithm });
  }

  /** Nobody writes to the file for a while; what has been hashed stays so. */
  rest(path: string): void {
    if (this.#worker) this.#send({ kind: "rest", path });
  }

  /** The file is gone, or is another one. Whoever waits for its digest gets an error. */
  forget(path: string): void {
    if (this.#worker) this.#send({ kind: "forget", path });
    this.#settle(path)?.reject(new KasaneError("io", `cannot hash ${path}: the file was given up`));
  }

  /** Digest of the first `sizeBytes` of the file, which are all there. @throws KasaneError `io` */
  digest(path: string, options: { algorithm: DigestAlgorithm; sizeBytes: number }): Promise<Digest> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(path, { resolve, reject });
      this.#send({ kind: "digest", path, ...options });
      this.#worker?.ref();
    });
  }

  /** Takes out who waits for the file; when nobody waits for anything, the thread does not keep the process running. */
  #settle(path: string): Waiting | undefined {
    const waiting = this.#waiting.get(path);
    this.#waiting.delete(path);
    if (this.#waiting.size === 0) this.#worker?.unref();
    return waiting;
  }

  #send(order: HashOrder): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(order);
  }

  #start(): Worker {
    const worker = new Worker(workerUrl);
    worker.unref();
    worker.onmessage = ({ data }: { data: HashAnswer }) => {
      const waiting = this.#settle(data.path);
      if ("digest" in data) waiting?.resolve(data.digest);
      else waiting?.reject(new KasaneError("io", `cannot hash ${data.path}: ${data.error}`));
    };
    worker.onerror = (event) => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const [path, { reject }] of this.#waiting) {
        reject(new KasaneError("io", `cannot hash ${path}: ${event.message}`));
      }
      this.#waiting.clear();
    };
    return worker;
  }
}
