import { KasaneError } from "../lib/mod.ts";
import type { ContainerRecord, ImageRecord, ImageRemoval, RemovedNames } from "../meta/mod.ts";
import { type Digest, familiarReference, parseReference, shortDigest } from "../oci/mod.ts";
import { findImage, manifestsOf, notFound } from "./find.ts";
import type { RemovedImage } from "./local-store.ts";
import { repositoryOf } from "./names.ts";
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
  const contents = (await Promise.all(records.map((record) => manifestsOf(parts, record.target)))).flat();
  const users = await usersOf(parts, records, contents);
  const request = { text, force: options.force ?? false, users };
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

async function removeBytes(
  parts: StoreParts,
  outcomes: readonly RemovedNames[],
  contents: readonly Content[],
  options: RemoveOptions,
): Promise<RemovedImage> {
  const untagged = outcomes.flatMap((outcome) => outcome.untagged);
  const isDeleted = outcomes.some((outcome) => outcome.isDeleted);
  if (!isDeleted) return { untagged, deleted: [], freedBytes: 0 };
  if (options.prune === false) {
    const configs = contents.map((content) => content.config);
    const live = await Promise.all(configs.map((config) => parts.meta.garbage.isLive(config)));
    return { untagged, deleted: unique(configs.filter((_, index) => !live[index])), freedBytes: 0 };
  }
  const { deleted, freedBytes } = await withReserve(parts.root, () => removeGarbage(parts));
  return { untagged, deleted: shownAsDeleted(contents, deleted), freedBytes };
}

async function foreseen(
  parts: StoreParts,
  removals: readonly ImageRemoval[],
  contents: readonly Content[],
  options: { dryRun: DryRun; prune?: boolean },
): Promise<RemovedImage> {
  const outcomes = await options.dryRun.add(parts, removals);
  const untagged = outcomes.flatMap((outcome) => outcome.untagged);
  const blobs = outcomes.flatMap((outcome) => outcome.blobs);
  const deleted = shownAsDeleted(contents, blobs);
  if (options.prune === false) {
    const configs = new Set(contents.map((content) => content.config));
    return { untagged, deleted: deleted.filter((digest) => configs.has(digest)), freedBytes: 0 };
  }
  return { untagged, deleted, freedBytes: outcomes.reduce((sum, { freedBytes }) => sum + freedBytes, 0) };
}

type Content = Awaited<ReturnType<typeof manifestsOf>>[number];

/** Ids first, then layers from the top down. */
function shownAsDeleted(contents: readonly Content[], gone: readonly Digest[]): Digest[] {
  const isGone = new Set(gone);
  const configs = contents.map((content) => content.config);
  const layers = contents.flatMap((content) => content.layers.toReversed());
  return unique([...configs, ...layers].filter((digest) => isGone.has(digest)));
}

interface RemovalRequest {
  readonly text: string;
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
  const names = namesWith(name, record);
  const isLast = record.names.length + record.repoDigests.length === names.length;
  const running = request.users.find((user) => user.isRunning);
  if (isLast && request.users.length > 0 && !request.force) {
    throw inUse(`remove ${familiarReference(parseReference(name))}`, running ?? request.users[0]!, {
      hint: "remove the container first, or use force",
    });
  }
  // A running container keeps its image listed, without a name.
  return { target: record.target, names, deleteUnnamed: isLast && !running };
}

function recordRemovals(records: readonly ImageRecord[], request: RemovalRequest): ImageRemoval[] {
  const { text, force, users } = request;
  const tags = records.flatMap((record) => record.names);
  const repositories = new Set(
    [...tags, ...records.flatMap((record) => record.repoDigests)].map(repositoryOf),
  );
  if (!force && (tags.length > 1 || repositories.size > 1)) {
    const shown = unique(tags.map((name) => familiarReference(parseReference(name))));
    throw new KasaneError(
      "conflict",
      `cannot remove image ${text}: it has several names (${shown.join(", ")})`,
      {
        hint: "remove it by name, or use force to remove all of them",
      },
    );
  }
  const running = users.find((user) => user.isRunning);
  if (running) throw inUse(`remove image ${text}`, running, { hint: "stop and remove the container first" });
  if (users.length > 0 && !force) {
    throw inUse(`remove image ${text}`, users[0]!, { hint: "remove the container first, or use force" });
  }
  return records.map(({ target, names, repoDigests }) => ({
    target,
    names: [...names, ...repoDigests],
    deleteUnnamed: true,
  }));
}

interface ContainerUse {
  readonly container: ContainerRecord;
  readonly isRunning: boolean;
}

/** The containers made from an image, whichever of its digests they noted. A running one holds its own key. */
async function usersOf(
  parts: StoreParts,
  records: readonly ImageRecord[],
  contents: readonly { manifest: Digest; config: Digest }[],
): Promise<ContainerUse[]> {
  const digests = new Set([
    ...records.map((record) => record.target),
    ...contents.flatMap(({ manifest, config }) => [manifest, config]),
  ]);
  const containers = (await parts.meta.containers.list()).filter((container) => digests.has(container.image));
  return Promise.all(
    containers.map(async (container) => ({
      container,
      isRunning: await parts.meta.leases.isHeld(`container:${container.id}`),
    })),
  );
}

function inUse(
  operation: string,
  { container, isRunning }: ContainerUse,
  details: { hint: string },
): KasaneError {
  const state = isRunning ? "the running container" : "container";
  return new KasaneError(
    "conflict",
    `cannot ${operation}: ${state} ${container.name || container.id.slice(0, 12)} uses it (image ${shortDigest(container.image)})`,
    details,
  );
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
