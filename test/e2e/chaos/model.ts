import type { Digest } from "../../../src/oci/mod.ts";

/** One change that a client asked for, on a clock that counts what happens in this process. */
export interface Change {
  readonly start: number;
  /** Infinity while nothing is known. */
  end: number;
  /** False for what was lost on its way: it may have happened or not. */
  isAcknowledged: boolean;
}

export interface ManifestPut extends Change {
  /** When each blob was seen or sent by this push; absent when that was too long before the manifest. */
  readonly blobs: ReadonlyMap<Digest, number> | undefined;
}

interface TagChange extends Change {
  /** Absent: deleted. */
  readonly digest?: Digest;
}

/**
 * What clients were told, and from it what must be true, may be true and cannot be true of each repository. Changes that overlap may
 * have happened in either order.
 */
export class Model {
  #clock = 0;
  readonly #manifests = new Map<string, { puts: ManifestPut[]; deletes: Change[] }>();
  readonly #blobDeletes = new Map<string, Change[]>();
  readonly #tags = new Map<string, TagChange[]>();

  now(): number {
    return ++this.#clock;
  }

  begin(): Change {
    return { start: this.now(), end: Number.POSITIVE_INFINITY, isAcknowledged: false };
  }

  finish(change: Change, isAcknowledged: boolean): void {
    change.end = this.now();
    change.isAcknowledged = isAcknowledged;
  }

  putManifest(repository: string, digest: Digest, put: ManifestPut): void {
    this.#manifest(repository, digest).puts.push(put);
  }

  deleteManifest(repository: string, digest: Digest, change: Change): void {
    this.#manifest(repository, digest).deletes.push(change);
  }

  deleteBlob(repository: string, digest: Digest, change: Change): void {
    getOrInsert(this.#blobDeletes, `${repository} ${digest}`, () => []).push(change);
  }

  changeTag(repository: string, tag: string, change: Change, digest?: Digest): void {
    const entry = Object.assign(change, digest === undefined ? {} : { digest });
    getOrInsert(this.#tags, `${repository} ${tag}`, () => []).push(entry);
  }

  /** A change that was refused: it never happened. */
  forget(repository: string, change: Change): void {
    for (const [key, list] of this.#tags) if (key.startsWith(`${repository} `)) remove(list, change);
    for (const [key, list] of this.#blobDeletes) if (key.startsWith(`${repository} `)) remove(list, change);
    for (const [key, { puts, deletes }] of this.#manifests) {
      if (!key.startsWith(`${repository} `)) continue;
      remove(puts, change);
      remove(deletes, change);
    }
  }

  /** The acknowledged push after which nothing can have removed the manifest. */
  #lasting(repository: string, digest: Digest): ManifestPut[] {
    const { puts, deletes } = this.#manifest(repository, digest);
    return puts.filter((put) => put.isAcknowledged && deletes.every((each) => each.end < put.start));
  }

  mustHaveManifest(repository: string, digest: Digest): boolean {
    return this.#lasting(repository, digest).length > 0;
  }

  /** Deleted by acknowledgement, and nobody can have pushed it after that. */
  cannotHaveManifest(repository: string, digest: Digest): boolean {
    const { puts, deletes } = this.#manifest(repository, digest);
    return puts.every((put) => deletes.some((each) => each.isAcknowledged && each.start > put.end));
  }

  /** Blobs of the manifest that must be there. */
  mustHaveBlobs(repository: string, digest: Digest): Digest[] {
    const found = new Set<Digest>();
    for (const put of this.#lasting(repository, digest)) {
      for (const [blob, seen] of put.blobs ?? []) {
        const deletes = this.#blobDeletes.get(`${repository} ${blob}`) ?? [];
        if (deletes.every((each) => each.end < seen)) found.add(blob);
      }
    }
    return [...found];
  }

  /** What the tag may point to; `undefined` among them where it may be gone. */
  tagCandidates(repository: string, tag: string): Set<Digest | undefined> {
    const changes = this.#tags.get(`${repository} ${tag}`) ?? [];
    const candidates = new Set<Digest | undefined>();
    const isOverwritten = (change: Change) =>
      changes.some((later) => later !== change && later.isAcknowledged && later.start > change.end);
    if (!changes.some((change) => change.isAcknowledged)) candidates.add(undefined);
    for (const change of changes) {
      if (isOverwritten(change)) continue;
      const { digest } = change;
      // Deleting the manifest takes the tags that point to it at that moment.
      const deletes = digest === undefined ? [] : this.#manifest(repository, digest).deletes;
      const isSurelyGone = deletes.some((each) => each.isAcknowledged && each.start > change.end);
      const mayBeGone = deletes.some((each) => each.end > change.start);
      if (digest === undefined || mayBeGone) candidates.add(undefined);
      if (digest !== undefined && !isSurelyGone) candidates.add(digest);
    }
    return candidates;
  }

  *manifests(): Generator<{ repository: string; digest: Digest }> {
    for (const key of this.#manifests.keys()) {
      const [repository, digest] = key.split(" ") as [string, Digest];
      yield { repository, digest };
    }
  }

  *tags(): Generator<{ repository: string; tag: string }> {
    for (const key of this.#tags.keys()) {
      const [repository, tag] = key.split(" ") as [string, string];
      yield { repository, tag };
    }
  }

  #manifest(repository: string, digest: Digest) {
    return getOrInsert(this.#manifests, `${repository} ${digest}`, () => ({ puts: [], deletes: [] }));
  }
}

function getOrInsert<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function remove<T>(list: T[], entry: T): void {
  const index = list.indexOf(entry);
  if (index >= 0) list.splice(index, 1);
}
