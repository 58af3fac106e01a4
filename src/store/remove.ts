import type { ImageRecord, ImageRemoval, RemovedNames } from "../meta/mod.ts";
import { chainIds, type Digest } from "../oci/mod.ts";
import { findImage, manifestsOf, notFound } from "./find.ts";
import { chooseFacts } from "./image-facts.ts";
import type { RemovedImage } from "./local-store.ts";
import { repositoryOf } from "./names.ts";
import { readConfig } from "./read-config.ts";
import {
  type ContainerUse,
  imageConflict,
  isSingleReference,
  nameInUse,
  usersOf,
} from "./remove-conflicts.ts";
import { keepReserve, withReserve } from "./reserve.ts";
import type { DryRun } from "./space/dry-run.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeGarbage } from "./sweep.ts";

export interface RemoveOptions {
  readonly force?: boolean;
  /** False keeps the bytes until the next prune. */
  readonly prune?: boolean;
  /** Tells what would be, and changes nothing. */
  readonly dryRun?: DryRun;
}

/**
 * Docker's `rmi`: a name is taken from its image, and the last one takes the image along; an id takes the image with all its names, which
 * needs force where they are of several tags or repositories.
 */
export async function removeImage(
  parts: StoreParts,
  text: string,
  options: RemoveOptions = {},
): Promise<RemovedImage> {
  const found = await findImage(parts, text);
  const dryRun = options.dryRun;
  const before = found.kind === "name" ? [found.record] : found.records;
  const records = dryRun ? before.flatMap((record) => dryRun.left(record) ?? []) : before;
  if (
    !records.some(
      ({ names, repoDigests }) => found.kind === "id" || [...names, ...repoDigests].includes(found.name),
    )
  )
    throw await notFound(parts, text);
  const contents = (await Promise.all(records.map((record) => contentsOf(parts, record)))).flat();
  const users = await usersOf(parts, records, contents);
  const id = found.kind === "id" ? found.id : await shownId(parts, found.record.target);
  const request = { text, id, force: options.force ?? false, users };
  const removals =
    found.kind === "name"
      ? [nameRemoval(records[0]!, found.name, request)]
      : recordRemovals(records, request);
  if (dryRun) return foreseen(parts, removals, contents, { ...options, dryRun });
  const outcomes: RemovedNames[] = [];
  for (const removal of removals) {
    outcomes.push(await withReserve(parts.root, () => parts.meta.images.remove(removal)));
  }
  const removed = await removeBytes(parts, outcomes, contents, options);
  await parts.layout.refresh();
  keepReserve(parts.root);
  return removed;
}

/** An image manifest that goes: what it is called, and what its layers are called, while that can still be read. */
interface Content {
  readonly target: Digest;
  readonly manifest: Digest;
  readonly config: Digest;
  readonly layers: readonly { readonly blob: Digest; readonly chainId: Digest }[];
}

async function contentsOf(parts: StoreParts, { target }: ImageRecord): Promise<Content[]> {
  const contents = await manifestsOf(parts, target);
  return Promise.all(
    contents.map(async ({ manifest, config, layers }) => {
      const descriptor = (await parts.meta.manifests.get(manifest))?.config;
      // What is damaged can be removed as well; its layers are called by their blobs then.
      const read = descriptor && (await readConfig(parts, { config: descriptor }).catch(() => undefined));
      const chain = chainIds(read?.rootfs.diff_ids ?? []);
      const named = layers.map((blob, index) => ({ blob, chainId: chain[index] ?? blob }));
      return { target, manifest, config, layers: named };
    }),
  );
}

async function shownId(parts: StoreParts, target: Digest): Promise<Digest> {
  return chooseFacts(await parts.meta.images.facts(target))?.id ?? target;
}

async function removeBytes(
  parts: StoreParts,
  outcomes: readonly RemovedNames[],
  contents: readonly Content[],
  options: RemoveOptions,
): Promise<RemovedImage> {
  const untagged = outcomes.flatMap((outcome) => outcome.untagged);
  const isDeleted = outcomes.some((outcome) => outcome.isDeleted);
  if (!isDeleted) return { untagged, deleted: [], freedBytes: 0 };
  const { deleted, freedBytes } =
    options.prune === false
      ? { deleted: [], freedBytes: 0 }
      : await withReserve(parts.root, () => removeGarbage(parts));
  return { untagged, deleted: await shownAsDeleted(parts, contents, deleted), freedBytes };
}

async function foreseen(
  parts: StoreParts,
  removals: readonly ImageRemoval[],
  contents: readonly Content[],
  options: { dryRun: DryRun; prune?: boolean },
): Promise<RemovedImage> {
  const outcomes = await options.dryRun.add(parts, removals);
  const untagged = outcomes.flatMap((outcome) => outcome.untagged);
  if (!outcomes.some((outcome) => outcome.isDeleted)) return { untagged, deleted: [], freedBytes: 0 };
  const isKept = options.prune === false;
  const blobs = isKept ? [] : outcomes.flatMap((outcome) => outcome.blobs);
  const freedBytes = isKept ? 0 : outcomes.reduce((sum, outcome) => sum + outcome.freedBytes, 0);
  return { untagged, deleted: await shownAsDeleted(parts, contents, blobs), freedBytes };
}

/** Docker's lines: the id of each image, unless another image here has the same, and those of its layers that are gone, top down. */
async function shownAsDeleted(
  parts: StoreParts,
  contents: readonly Content[],
  gone: readonly Digest[],
): Promise<Digest[]> {
  const isGone = new Set(gone);
  const targets = new Set(contents.map((content) => content.target));
  const lines = new Set<Digest>();
  for (const { config, layers } of contents) {
    const others = await parts.meta.images.byIdPrefix(config, 1);
    if (others.every((other) => targets.has(other.target))) lines.add(config);
    for (const { blob, chainId } of layers.toReversed()) if (isGone.has(blob)) lines.add(chainId);
  }
  return [...lines];
}

interface RemovalRequest {
  readonly text: string;
  readonly id: Digest;
  readonly force: boolean;
  readonly users: readonly ContainerUse[];
}

/** With its last tag in a repository an image also loses the digests it has there. */
export function namesWith(name: string, record: Pick<ImageRecord, "names" | "repoDigests">): string[] {
  const others = [...record.names, ...record.repoDigests].filter((other) => other !== name);
  const repository = repositoryOf(name);
  const isLastTag = !others.some((other) => !other.includes("@") && repositoryOf(other) === repository);
  const digests = others.filter((other) => other.includes("@") && repositoryOf(other) === repository);
  return name.includes("@") || !isLastTag ? [name] : [name, ...digests];
}

function nameRemoval(record: ImageRecord, name: string, request: RemovalRequest): ImageRemoval {
  const { text, id, force, users } = request;
  const running = users.find((user) => user.isRunning);
  const user = running ?? users[0];
  if (user && !force && isSingleReference([record])) throw nameInUse(text, id, user);
  // A container that keeps its image keeps it listed, without a name.
  const isKept = running !== undefined || (user !== undefined && !force);
  return { target: record.target, names: namesWith(name, record), deleteUnnamed: !isKept };
}

function recordRemovals(records: readonly ImageRecord[], request: RemovalRequest): ImageRemoval[] {
  const conflict = imageConflict(request.id, records, request.users, request);
  if (conflict) throw conflict;
  return records.map(({ target, names, repoDigests }) => ({
    target,
    names: [...names, ...repoDigests].sort(),
    deleteUnnamed: true,
  }));
}
