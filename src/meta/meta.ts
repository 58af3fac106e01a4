import type { Annotations, Descriptor, Digest, Platform, RawManifest } from "../oci/mod.ts";
import type { BuildHistoryTable } from "./build-history.ts";
import type { IntegrityTable } from "./integrity.ts";
import type { OutboxTable } from "./outbox.ts";
import type { ReviewTable } from "./reviews.ts";
import type { RobotTable } from "./robots.ts";
import type { SettingTable } from "./settings.ts";
import type { SpaceTable } from "./space.ts";
import type { UpstreamTable } from "./upstreams.ts";

/**
 * What is known about blobs: names, references, leases, uploads, cache. SQL is the truth; every method is one atomic
 * step, safe against any number of processes, and durable when it returns. There is no general transaction on purpose:
 * what must happen together is one method here.
 *
 * What lives: everything reachable from a root. Roots are local images, tags, manifests and links of hosted repositories, deleted
 * manifests that can still be brought back, containers, cache records and leases. Reachable: a manifest's config, layers, children; and
 * whatever has a living manifest as its subject.
 */
export interface Meta {
  readonly manifests: ManifestTable;
  readonly images: ImageTable;
  readonly repositories: RepositoryTable;
  readonly layers: LayerTable;
  readonly leases: LeaseTable;
  readonly uploads: UploadTable;
  readonly cache: CacheTable;
  readonly buildHistory: BuildHistoryTable;
  readonly containers: ContainerTable;
  readonly garbage: GarbageTable;
  readonly reviews: ReviewTable;
  readonly robots: RobotTable;
  readonly settings: SettingTable;
  readonly outbox: OutboxTable;
  readonly upstreams: UpstreamTable;
  readonly integrity: IntegrityTable;
  readonly space: SpaceTable;
  close(): Promise<void>;
}

/** What a manifest says, kept beside its bytes so that nobody parses it again. */
export interface ManifestRecord extends RawManifest {
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly annotations?: Annotations;
  readonly config?: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly children: readonly Descriptor[];
}

export interface ManifestTable {
  /** Idempotent. The manifest is garbage until something roots it: pass the lease that holds it. */
  put(record: ManifestRecord, lease?: LeaseId): Promise<void>;
  get(digest: Digest): Promise<ManifestRecord | undefined>;
  /**
   * What was put beside a manifest here, by digest: manifests that have it as their subject. Those that a hosted repository has are left
   * out: they are its own, and not the image's wherever it goes.
   */
  referrers(subject: Digest): Promise<ManifestRecord[]>;
}

/** Local images: what `images` lists. */
export interface ImageRecord {
  /** The manifest or index the image's names point to. */
  readonly target: Digest;
  /** Canonical names with tag, sorted: `docker.io/library/nginx:latest`. Empty = dangling. */
  readonly names: readonly string[];
  /** Canonical `host/repository@digest` under which it was pulled or pushed. */
  readonly repoDigests: readonly string[];
  /** When it came to this store, ms since the epoch. */
  readonly storedAtMs: number;
  /** When it was built here; absent for pulled and loaded ones. */
  readonly builtAtMs?: number;
  /** When a name was last pointed to it, ms since the epoch. */
  readonly taggedAtMs?: number;
}

/**
 * One image manifest that a local image leads to, with what lists, filters and lookups ask of it: nobody opens manifests and configs for
 * those.
 */
export interface ImageFacts {
  readonly manifest: Digest;
  /** The image ID: the digest of its config. */
  readonly id: Digest;
  readonly platform: Platform;
  /** What its config says, ms since the epoch. */
  readonly createdAtMs?: number;
  /** Sum of its layers' `contentSizeBytes`. */
  readonly contentSizeBytes: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** An image that an id stands for. */
export interface IdMatch {
  readonly id: Digest;
  readonly target: Digest;
  /** The child of the target that has this id; absent where the target itself has it. */
  readonly manifest?: Digest;
}

export interface ImageTable {
  /**
   * Makes `target` a local image and points `names` to it, moving them from wherever they were. `facts` are those of the image manifests
   * that are here: they are added to what is known.
   */
  put(image: {
    target: Digest;
    names: readonly string[];
    repoDigests?: readonly string[];
    builtAtMs?: number;
    facts?: readonly ImageFacts[];
  }): Promise<{ moved: readonly { name: string; from: Digest }[] }>;
  /** The facts of an image that put() had none of. Nothing where the image is gone. */
  describe(target: Digest, facts: readonly ImageFacts[]): Promise<void>;
  /** Images without facts: of a store that an older version made, until somebody describes them. */
  undescribed(): Promise<Digest[]>;
  /** In the order of the index; empty where nothing is known, or none of its manifests is here. */
  facts(target: Digest): Promise<ImageFacts[]>;
  /** Of described images: the configs of those that are here for one platform, each once, and the targets of the others. */
  ids(): Promise<{ ids: Digest[]; others: Digest[] }>;
  /**
   * Described images with their facts, of one moment, by target. With `repositories` (`docker.io/library/nginx`) only of those that have a
   * tag or a repository digest there, with all their names.
   */
  listFacts(options?: {
    repositories?: readonly string[] | undefined;
  }): Promise<{ record: ImageRecord; facts: readonly ImageFacts[] }[]>;
  /**
   * What digests that begin with `prefix` (an algorithm and digits) stand for: targets, manifests and configs of described images. At
   * most `limit` different ones, in byte order.
   */
  byIdPrefix(prefix: string, limit: number): Promise<IdMatch[]>;
  /** The image a canonical name (with tag), or `host/repository@digest`, stands for. */
  byName(name: string): Promise<ImageRecord | undefined>;
  byTarget(target: Digest): Promise<ImageRecord | undefined>;
  list(): Promise<ImageRecord[]>;
  /** Every name with when it was last given, ms since the epoch: what retention decides on. */
  listNames(): Promise<{ name: string; target: Digest; taggedAtMs: number }[]>;
  /**
   * Takes `names` (also repository digests) from the image, those that still point to it, and with `deleteUnnamed` deletes it
   * when nothing names it any more; else it stays, dangling. One step: a name that another process gives it meanwhile is never lost.
   */
  remove(image: ImageRemoval): Promise<RemovedNames>;
  /** Grows with every change of images and names. */
  revision(): Promise<number>;
  /** All images as descriptors, of one moment, with the revision of that moment: what `index.json` is made of. */
  snapshot(): Promise<{ revision: number; images: ImageDescriptor[] }>;
}

/** Names to take from an image, which goes with `deleteUnnamed` when they were the last. */
export interface ImageRemoval {
  readonly target: Digest;
  readonly names: readonly string[];
  readonly deleteUnnamed: boolean;
}

export interface RemovedNames {
  readonly untagged: string[];
  readonly isDeleted: boolean;
}

export interface ImageDescriptor {
  readonly target: Digest;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly sizeBytes: number;
  readonly names: readonly string[];
}

/** Repositories this registry hosts. `repository` is the name without a host. */
export interface RepositoryTable {
  list(page: { after?: string; limit: number }): Promise<string[]>;
  exists(repository: string): Promise<boolean>;
  /** Makes the blob readable in the repository (creating it). */
  linkBlob(
    repository: string,
    blob: { digest: Digest; sizeBytes: number },
    options?: { quota?: Quota },
  ): Promise<void>;
  /**
   * linkBlob() for what was noted by uploads.take(), stored, and not held meanwhile. False when a collector may have taken it, or is about
   * to: then nothing has changed. One step less at each end than a hold.
   */
  linkNoted(
    repository: string,
    blob: { digest: Digest; sizeBytes: number; noted: BlobNote },
    options?: { quota?: Quota },
  ): Promise<boolean>;
  hasBlob(repository: string, digest: Digest): Promise<{ sizeBytes: number } | undefined>;
  /**
   * Before a client is told that a blob or manifest is there and need not be sent: from now on the collector leaves it alone for its
   * grace time again. Returns until when that need not be said again (ms since the epoch), as long as revision() stays; undefined when it is
   * not there. Reads one row, and writes only for what no manifest uses yet, once in a few minutes.
   */
  touch(repository: string, digest: Digest): Promise<number | undefined>;
  /** Repositories that hold the blob, in byte order: for anonymous mounts. */
  repositoriesWithBlob(digest: Digest, page: { after?: string; limit: number }): Promise<string[]>;
  unlinkBlob(repository: string, digest: Digest, options?: Pick<TagChange, "isImmutable">): Promise<boolean>;
  /**
   * @throws KasaneError `denied` over the quota, or when it would move an immutable tag; `conflict` when a collector is about to remove
   * what has this digest: hold it, and try again. Then nothing has changed.
   */
  putManifest(
    repository: string,
    record: ManifestRecord,
    tags: readonly string[],
    options?: TagChange & { quota?: Quota },
  ): Promise<void>;
  getManifest(
    repository: string,
    reference: { tag: string } | { digest: Digest },
  ): Promise<ManifestRecord | undefined>;
  /**
   * By digest: also every tag that points to it, which are told in byte order. undefined where it was not there.
   * @throws KasaneError `denied` when one of them is immutable
   */
  deleteManifest(
    repository: string,
    digest: Digest,
    options?: TagChange,
  ): Promise<{ readonly tags: readonly string[] } | undefined>;
  /** With `digest` only while the tag points there. */
  deleteTag(repository: string, tag: string, options?: TagChange & { digest?: Digest }): Promise<boolean>;
  listTags(repository: string, page: { after?: string; limit: number }): Promise<string[]>;
  /** Tags with their times, in byte order: what retention decides on. */
  tagDetails(repository: string, page: { after?: string; limit: number }): Promise<TagRecord[]>;
  /** Remembers the time of the latest pull. One relaxed write for many; a pull that a crash forgets does no harm. */
  notePulls(
    pulls: readonly { repository: string; digest: Digest; tag?: string; atMs: number }[],
  ): Promise<void>;
  /** Deleted and moved tags that can still be brought back, latest first; of all repositories where none is named. */
  deletedTags(repository?: string): Promise<DeletedTag[]>;
  /**
   * Points the tag to what it was when it was last deleted (or moved), with everything that belongs to it. undefined when there is
   * nothing to bring back; the tag that stands there now becomes a moved one.
   */
  restoreTag(
    repository: string,
    tag: string,
    options?: TagChange & { digest?: Digest },
  ): Promise<DeletedTag | undefined>;
  /**
   * Differs from what it was whenever something that could be read in any repository cannot be read any more, or a tag points
   * elsewhere, whichever process did it: what was read at one revision is good for as long as it lasts. For every request: it is
   * looked up once per turn of the event loop.
   */
  revision(): number;
  /**
   * Bytes of blobs and manifests in the repository, each once, and of everything hosted here. What only deleted manifests name does not
   * count, though its bytes are there until it can no longer be brought back and the collector has come.
   */
  usage(repository: string): Promise<{ repositoryBytes: number; totalBytes: number }>;
  /** Before the bytes of a blob are kept: linkBlob() decides, but then they are on the disk. @throws KasaneError `denied` where it does not fit */
  checkRoom(
    repository: string,
    blob: { digest: Digest; sizeBytes: number },
    options: { quota: Quota },
  ): Promise<void>;
  /** Manifests whose subject is `subject`, by digest; with `artifactType` only those of that type. */
  referrers(
    repository: string,
    subject: Digest,
    page: { after?: Digest; limit: number; artifactType?: string },
  ): Promise<ReferrerRecord[]>;
}

/** What a list of referrers says of one. */
export interface ReferrerRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly sizeBytes: number;
  /** The manifest's own, else its config's media type. */
  readonly artifactType?: string;
  readonly annotations?: Annotations;
}

/** Limits in bytes, checked in the same step that adds. @throws KasaneError `denied` from the method it is given to */
export interface Quota {
  readonly repositoryBytes?: number;
  readonly totalBytes?: number;
}

/** What happens to tags that exist: they may refuse, and they can be brought back for `undoMs`. */
export interface TagChange {
  readonly isImmutable?: (tag: string) => boolean;
  readonly undoMs?: number;
}

export interface TagRecord {
  readonly tag: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** When the tag was last pointed somewhere, ms since the epoch. */
  readonly taggedAtMs: number;
  /** When this tag was last pulled: by its name, or (clients ask for a tag's digest and then for that) its manifest by digest. */
  readonly pulledAtMs?: number;
}

export interface DeletedTag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly deletedAtMs: number;
  readonly expiresAtMs: number;
}

/** What one pass over a layer blob found out. Several blobs may share a diffID. */
export interface LayerRecord {
  readonly blob: Digest;
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly tarSizeBytes: number;
  /** Lengths of its files and of the texts of its symbolic links: what unpacking takes, bytes. */
  readonly contentSizeBytes: number;
  /** The layer's blob size and media type. */
  readonly sizeBytes: number;
  readonly mediaType: string;
}

export interface LayerTable {
  put(record: LayerRecord): Promise<void>;
  byBlob(blob: Digest): Promise<LayerRecord | undefined>;
  byDiffId(diffId: Digest): Promise<LayerRecord[]>;
  /** Of these, the layers that are here for hosted repositories: no local image, no container, build cache or lease leads to them. */
  hostedOnly(diffIds: readonly Digest[]): Promise<Digest[]>;
}

export type LeaseId = string & { readonly __lease: unique symbol };

/**
 * Keeps what is in flight from the garbage collector. A lease whose owner is dead or whose time is up is garbage itself.
 *
 * Order matters: hold() a key first, then look whether the thing is there, then use it or make it. A collector claims a key before it
 * removes the thing, and hold() waits for a claim to end; so what is found after hold() stays.
 */
export interface LeaseTable {
  acquire(options: { purpose: string; ttlMs: number }): Promise<LeaseId>;
  /** @throws KasaneError `conflict` when the lease is gone: what it held may be gone as well. So do hold() and lock(). */
  renew(lease: LeaseId, ttlMs: number): Promise<void>;
  /** `key` is a blob or manifest digest, or `unpacked:<id>`, `container:<id>`. Holds are counted: drop() takes one back. */
  hold(lease: LeaseId, keys: readonly string[]): Promise<void>;
  drop(lease: LeaseId, keys: readonly string[]): Promise<void>;
  /**
   * Holds `key` for one user alone until unlock() or the end of the lease; false while another (also of this lease) has it,
   * or a collector has claimed it.
   */
  lock(lease: LeaseId, key: string): Promise<boolean>;
  unlock(lease: LeaseId, key: string): Promise<void>;
  /** Idempotent. */
  release(lease: LeaseId): Promise<void>;
  isHeld(key: string): Promise<boolean>;
}

export interface UploadRecord {
  readonly id: string;
  readonly repository: string;
  readonly startedAtMs: number;
  /** 0: nothing has come yet, and storage knows nothing of it. More: about as many bytes as it has. */
  readonly offset: number;
  /** Whose it is, for limits. */
  readonly client?: string;
}

/** When uploads.take() noted a blob, as linkNoted() asks. */
export type BlobNote = number & { readonly [noteBrand]: true };
declare const noteBrand: unique symbol;

export interface UploadTable {
  /** False, and nothing is written, where the record's client has as much as the limits allow (0: any number). */
  put(record: UploadRecord, limits?: { readonly uploads: number; readonly bytes: number }): Promise<boolean>;
  get(id: string): Promise<UploadRecord | undefined>;
  delete(id: string): Promise<void>;
  /** What a request has left in storage. One relaxed write: only limits go by it. */
  noteBytes(id: string, bytes: number): Promise<void>;
  /** Bytes that were noted of the client's uploads. */
  bytesOf(client: string, options: { except: string }): Promise<number>;
  /** Storage will have bytes of it from now on. False when there is no such upload. */
  begin(id: string): Promise<boolean>;
  /**
   * For one who has the whole blob in memory: an upload of which nothing has come is gone (without `upload` none), and `digest` is noted as
   * a blob that may be in storage. Nothing holds it: store it, then linkNoted(). undefined when somebody has begun to write that upload,
   * or there is none.
   */
  take(what: {
    digest: Digest;
    upload?: { readonly id: string; readonly repository: string };
  }): Promise<BlobNote | undefined>;
  /** Those of which nothing has come; how many there were. */
  deleteUnbegun(options: { startedBeforeMs: number }): Promise<number>;
  olderThan(timeMs: number): Promise<UploadRecord[]>;
}

/** Build cache: content key → result. */
export interface CacheRecord {
  readonly key: string;
  /** JSON of the builder's own. */
  readonly value: string;
  /** The blobs it keeps alive. */
  readonly blobs: readonly Digest[];
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  readonly usedAtMs: number;
  /** How often it was made or found. */
  readonly uses: number;
}

export interface CacheTable {
  /** Finds and marks as used now. */
  get(key: string): Promise<CacheRecord | undefined>;
  put(record: Omit<CacheRecord, "createdAtMs" | "usedAtMs" | "uses">): Promise<void>;
  list(): Promise<CacheRecord[]>;
  /** Of all records, a blob that several have once. */
  totalBytes(): Promise<number>;
  delete(key: string): Promise<boolean>;
}

export interface ContainerRecord {
  readonly id: string;
  readonly name: string;
  /** The image it was made from; keeps it alive. */
  readonly image: Digest;
  /** JSON of container/'s own. */
  readonly value: string;
  readonly createdAtMs: number;
}

export interface ContainerTable {
  /** @throws KasaneError `conflict` when the name is taken. */
  put(record: ContainerRecord): Promise<void>;
  update(id: string, value: string): Promise<void>;
  /** @throws KasaneError `conflict` when the name is taken, `not-found` */
  rename(id: string, name: string): Promise<void>;
  /** By id, unique id prefix, or name; docker tells a name with a `/` before it. */
  get(idOrName: string): Promise<ContainerRecord | undefined>;
  list(): Promise<ContainerRecord[]>;
  delete(id: string): Promise<boolean>;
}

export interface GarbageTable {
  /** True while `digest` is reachable from a root. */
  isLive(digest: Digest): Promise<boolean>;
  /**
   * Claims those of `keys` that nothing living refers to, for removal by this process: hold() waits until settle(). Keys are those
   * of LeaseTable. The claims of a dead process count for nothing.
   */
  claim(keys: readonly string[]): Promise<string[]>;
  /**
   * claim() of those `digests` that no row knows either: what is noted has a review, and it is that which removes it, rows and bytes
   * together.
   */
  claimStrays(digests: readonly Digest[]): Promise<Digest[]>;
  /** Ends claims: the things are gone. */
  settle(keys: readonly string[]): Promise<void>;
  /** Ends claims whose things were left after all: the collector looks at them again when their time has come. */
  unclaim(keys: readonly string[]): Promise<void>;
}
