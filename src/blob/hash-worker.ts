/**
 * The thread behind FileHasher: reads files that grow and hashes what is new, so that the digest is there soon after the last byte.
 * A file is known by its path, and is only ever appended to.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { messageOf } from "../lib/mod.ts";
import { type DigestAlgorithm, DigestHasher } from "../oci/mod.ts";
import type { HashAnswer, HashOrder } from "./file-hasher.ts";

declare const self: {
  onmessage: (event: { data: HashOrder }) => void;
  postMessage(answer: HashAnswer): void;
};

interface Followed {
  readonly algorithm: DigestAlgorithm;
  readonly hasher: DigestHasher;
  position: number;
  /** Absent: nobody writes to it at present. */
  file?: number;
  /** Set: no more will come than that. */
  sizeBytes?: number;
}

const buffer = new Uint8Array(256 * 1024);
/** Less than this is not worth a look while more may come. */
const leastBytes = 1024 * 1024;
/** So much of one file, then the next one's turn. */
const turnBytes = 4 * 1024 * 1024;
const restingLimit = 1024;
const waitMs = { shortest: 1, longest: 64 };

const files = new Map<string, Followed>();
const active = new Map<string, Followed>();
let timer: Timer | undefined;
let immediate: NodeJS.Immediate | undefined;
let wait = waitMs.shortest;

self.onmessage = ({ data }) => {
  const { path } = data;
  try {
    if (data.kind === "follow" || data.kind === "digest") activate(path, data);
    else if (data.kind === "rest") rest(path);
    else forget(path);
  } catch (error) {
    forget(path);
    if (data.kind === "digest") self.postMessage({ path, error: messageOf(error) });
  }
  wait = waitMs.shortest;
  schedule({ isBusy: true });
};

function activate(path: string, order: Extract<HashOrder, { algorithm: DigestAlgorithm }>): void {
  const { algorithm } = order;
  const sizeBytes = order.kind === "digest" ? order.sizeBytes : undefined;
  let followed = files.get(path);
  if (
    followed !== undefined &&
    (followed.algorithm !== algorithm || followed.position > (sizeBytes ?? Infinity))
  ) {
    forget(path);
    followed = undefined;
  }
  followed ??= { algorithm, hasher: new DigestHasher(algorithm), position: 0 };
  followed.file ??= openSync(path, "r");
  if (sizeBytes !== undefined) followed.sizeBytes = sizeBytes;
  files.set(path, followed);
  active.set(path, followed);
}

function rest(path: string): void {
  const followed = files.get(path);
  if (followed?.file === undefined) return;
  closeSync(followed.file);
  delete followed.file;
  active.delete(path);
  if (files.size - active.size <= restingLimit) return;
  const oldest = [...files].find(([, { file }]) => file === undefined);
  if (oldest) forget(oldest[0]);
}

function forget(path: string): void {
  const file = files.get(path)?.file;
  if (file !== undefined) closeSync(file);
  files.delete(path);
  active.delete(path);
}

function schedule({ isBusy }: { isBusy: boolean }): void {
  clearTimeout(timer);
  if (immediate) clearImmediate(immediate);
  if (active.size === 0) return;
  if (isBusy) immediate = setImmediate(round);
  else timer = setTimeout(round, wait);
}

function round(): void {
  let isBusy = false;
  for (const [path, followed] of active) {
    try {
      if (advance(followed)) isBusy = true;
      if (followed.position === followed.sizeBytes) {
        self.postMessage({ path, digest: followed.hasher.digest() });
        forget(path);
      }
    } catch (error) {
      forget(path);
      if (followed.sizeBytes !== undefined) self.postMessage({ path, error: messageOf(error) });
    }
  }
  wait = isBusy ? waitMs.shortest : Math.min(wait * 2, waitMs.longest);
  schedule({ isBusy });
}

/** Hashes what is there; true when there was something. */
function advance(followed: Followed): boolean {
  const { file, sizeBytes } = followed;
  const end = sizeBytes ?? fstatSync(file!).size;
  if (sizeBytes === undefined && end - followed.position < leastBytes) return false;
  const stop = Math.min(end, followed.position + turnBytes);
  while (followed.position < stop) {
    const want = Math.min(buffer.length, stop - followed.position);
    const read = readSync(file!, buffer, 0, want, followed.position);
    if (read === 0) throw new Error("the file became shorter");
    followed.hasher.update(read === buffer.length ? buffer : buffer.subarray(0, read));
    followed.position += read;
  }
  return true;
}
