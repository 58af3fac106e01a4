import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isKasaneError } from "../lib/errors.ts";
import type { ImageDescriptor, Meta } from "../meta/mod.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { revisionKey, writtenRevision } from "./layout-revision.ts";
import { type ProcessLease, unlock } from "./lease.ts";
import { storeError } from "./store-error.ts";
import { holdTemporaryName } from "./work-directory.ts";

const lockKey = "layout-index";
/** A rewrite takes milliseconds. */
const lockWaitMs = 10_000;

/**
 * `ROOT/index.json`: the local images as an OCI image layout has them, for other programs (`skopeo inspect oci:ROOT:docker.io/library/x:latest`).
 * Derived from SQL, which it may lag behind for a moment and never contradicts for long: it carries the revision it was made from, is written by
 * one process at a time, and never goes back to an older revision.
 */
export class LayoutIndex {
  readonly #root: string;
  readonly #meta: Meta;
  readonly #lease: ProcessLease;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(parts: { root: string; meta: Meta; lease: ProcessLease }) {
    this.#root = parts.root;
    this.#meta = parts.meta;
    this.#lease = parts.lease;
  }

  /**
   * Resolves when index.json is at least as new as SQL was at the call. Calls that come during one rewrite share the next. A full disk is no
   * failure: what index.json is derived from is done, and whoever opens the store next tries again.
   */
  refresh(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#running) return this.#start();
    this.#next = this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  /** True when somebody died between a change of names and its index.json. Reads a few bytes. */
  async isStale(): Promise<boolean> {
    return writtenRevision(this.#root) !== (await this.#meta.images.revision());
  }

  #start(): Promise<void> {
    const rewritten = this.#rewrite().catch((error) => {
      if (!isKasaneError(error, "no-space")) throw error;
    });
    const run = rewritten.finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  #rewrite(): Promise<void> {
    return this.#lease.use(async (lease) => {
      for (const deadline = Date.now() + lockWaitMs; !(await this.#meta.leases.lock(lease, lockKey)); ) {
        // Whoever has it for so long does not get on, and is outlived: the next who opens the store tries again.
        if (Date.now() > deadline) return;
        await Bun.sleep(1 + Math.random() * 8);
      }
      try {
        // Read inside the lock: whoever has it later sees at least what this one sees.
        const { revision, images } = await this.#meta.images.snapshot();
        if (writtenRevision(this.#root) !== revision) await this.#write(layoutIndex(revision, images));
      } catch (error) {
        throw storeError(`write ${join(this.#root, "index.json")}`, error);
      } finally {
        await unlock(this.#meta, lease, lockKey);
      }
    });
  }

  async #write(text: string): Promise<void> {
    const name = await holdTemporaryName(this.#lease, "index-json");
    const path = join(this.#root, "tmp", name);
    try {
      await writeFile(path, text);
      await rename(path, join(this.#root, "index.json"));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    await this.#lease.drop(`tmp:${name}`);
  }
}

/**
 * The revision comes first, so that it is found without reading the rest. An image has one descriptor for each of its names: of thousands, only
 * the names are written each by itself.
 */
function layoutIndex(revision: number, images: readonly ImageDescriptor[]): string {
  const manifests = images.map(({ target, mediaType, artifactType, sizeBytes, names }) => {
    const descriptor = { mediaType, digest: target, size: sizeBytes, ...(artifactType && { artifactType }) };
    const text = JSON.stringify(descriptor);
    if (names.length === 0) return text;
    const start = `${text.slice(0, -1)},"annotations":{"org.opencontainers.image.ref.name":`;
    // Between two texts, and nowhere in one, stand these three characters.
    const quoted = JSON.stringify(names).slice(1, -1);
    return `${start}${quoted.replaceAll('","', () => `"}},${start}"`)}}}`;
  });
  const head = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    annotations: { [revisionKey]: String(revision) },
  });
  return `${head.slice(0, -1)},"manifests":[${manifests.join(",")}]}`;
}
