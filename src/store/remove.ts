import { KasaneError } from "../lib/mod.ts";
import type { ContainerRecord, ImageRecord } from "../meta/mod.ts";
import { type Digest, familiarReference, parseReference, shortDigest } from "../oci/mod.ts";
import { findImage, manifestsOf } from "./find.ts";
import type { RemovedImage } from "./local-store.ts";
import { repositoryOf } from "./names.ts";
import { keepReserve, withReserve } from "./reserve.ts";
import type { StoreParts } from "./store-parts.ts";
import { removeGarbage } from "./sweep.ts";

export interface RemoveOptions {
  readonly force?: boolean;
  /** False keeps the bytes until the next prune. */
  readonly prune?: boolean;
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
  const records = found.kind === "name" ? [found.record] : found.records;
  const contents = (await Promise.all(records.map((record) => manifestsOf(parts, record.target)))).flat();
  const users = await usersOf(parts, records, contents);
  const removal = { text, force: options.force ?? false, users };
  const outcomes =
    found.kind === "name"
      ? [await removeName(parts, found.record, found.name, removal)]
      : await removeRecords(parts, records, removal);
  const removed = await removeBytes(parts, outcomes, contents, options);
  await parts.layout.refresh();
  keepReserve(parts.root);
  return removed;
}

async function removeBytes(
  parts: StoreParts,
  outcomes: readonly { untagged: string[]; isDeleted: boolean }[],
  contents: readonly { config: Digest; layers: readonly Digest[] }[],
  options: RemoveOptions,
): Promise<RemovedImage> {
  const untagged = outcomes.flatMap((outcome) => outcome.untagged);
  const isDeleted = outcomes.some((outcome) => outcome.isDeleted);
  if (!isDeleted) return { untagged, deleted: [], freedBytes: 0 };
  const configs = contents.map((content) => content.config);
  if (options.prune === false) {
    const live = await Promise.all(configs.map((config) => parts.meta.garbage.isLive(config)));
    return { untagged, deleted: unique(configs.filter((_, index) => !live[index])), freedBytes: 0 };
  }
  const { deleted, freedBytes } = await withReserve(parts.root, () => removeGarbage(parts));
  const gone = new Set(deleted);
  const layers = contents.flatMap((content) => content.layers.toReversed());
  return {
    untagged,
    deleted: unique([...configs, ...layers].filter((digest) => gone.has(digest))),
    freedBytes,
  };
}

interface Removal {
  readonly text: string;
  readonly force: boolean;
  readonly users: readonly ContainerUse[];
}

async function removeName(parts: StoreParts, record: ImageRecord, name: string, removal: Removal) {
  const others = [...record.names, ...record.repoDigests].filter((other) => other !== name);
  const repository = repositoryOf(name);
  // With its last tag in a repository an image also loses the digests it has there.
  const isLastTag = !others.some((other) => !other.includes("@") && repositoryOf(other) === repository);
  const digests = others.filter((other) => other.includes("@") && repositoryOf(other) === repository);
  const names = name.includes("@") || !isLastTag ? [name] : [name, ...digests];
  const isLast = record.names.length + record.repoDigests.length === names.length;
  const running = removal.users.find((user) => user.isRunning);
  if (isLast && removal.users.length > 0 && !removal.force) {
    throw inUse(`remove ${familiarReference(parseReference(name))}`, running ?? removal.users[0]!, {
      hint: "remove the container first, or use force",
    });
  }
  // A running container keeps its image listed, without a name.
  const image = { target: record.target, names, deleteUnnamed: isLast && !running };
  return withReserve(parts.root, () => parts.meta.images.remove(image));
}

async function removeRecords(parts: StoreParts, records: readonly ImageRecord[], removal: Removal) {
  const { text, force, users } = removal;
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
  const outcomes: { untagged: string[]; isDeleted: boolean }[] = [];
  for (const { target, names, repoDigests } of records) {
    const image = { target, names: [...names, ...repoDigests], deleteUnnamed: true };
    outcomes.push(await withReserve(parts.root, () => parts.meta.images.remove(image)));
  }
  return outcomes;
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
