import { KasaneError } from "../lib/mod.ts";
import type { ContainerRecord, ImageRecord } from "../meta/mod.ts";
import { type Digest, familiarReference, shortDigest, splitName } from "../oci/mod.ts";
import { repositoryOf } from "./names.ts";
import type { StoreParts } from "./store-parts.ts";

/** A container that is made from an image. */
export interface ContainerUse {
  readonly container: ContainerRecord;
  readonly isRunning: boolean;
}

/** The containers made from an image, whichever of its digests they noted. A running one holds its own key. */
export async function usersOf(
  parts: Pick<StoreParts, "meta">,
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

/** True for no more than one tag, and no digests but those of its repository: what removing an id takes along without force. */
export function isSingleReference(records: readonly ImageRecord[]): boolean {
  const names = records.flatMap((record) => record.names);
  const digests = records.flatMap((record) => record.repoDigests);
  if (names.length + digests.length <= 1) return true;
  if (names.length > 1) return false;
  const repositories = new Set(digests.map(repositoryOf));
  const first = names[0] ?? digests[0]!;
  return repositories.size === 1 && repositories.has(repositoryOf(first));
}

/** The name is the last one, and somebody's container would be left with an image that nobody can name. */
export function nameInUse(text: string, id: Digest, { container, isRunning }: ContainerUse): KasaneError {
  return new KasaneError(
    "conflict",
    `conflict: unable to remove repository reference ${JSON.stringify(text)} (must force) - container ${shortId(container)} is using its referenced image ${shortDigest(id)}`,
    { hint: removeContainer(container, isRunning) },
  );
}

/** What stands in the way of removing an image by id, in docker's order and words; undefined where nothing does. */
export function imageConflict(
  id: Digest,
  records: readonly ImageRecord[],
  users: readonly ContainerUse[],
  { force }: { force: boolean },
): KasaneError | undefined {
  const conflict = (reason: string, hint: string, isHard = false) =>
    new KasaneError(
      "conflict",
      `conflict: unable to delete ${shortDigest(id)} (${isHard ? "cannot" : "must"} be forced) - ${reason}`,
      { hint },
    );
  const running = users.find((user) => user.isRunning)?.container;
  if (running) {
    const hint = `stop container ${nameOf(running)} and remove it first`;
    return conflict(`image is being used by running container ${shortId(running)}`, hint, true);
  }
  if (force) return undefined;
  if (!isSingleReference(records)) {
    const names = [...new Set(records.flatMap((record) => [...record.names, ...record.repoDigests]))];
    const shown = names.map((name) => familiarReference(splitName(name))).join(", ");
    return conflict(
      "image is referenced in multiple repositories",
      `remove it by name, or all its names with --force: ${shown}`,
    );
  }
  const user = users[0]?.container;
  if (!user) return undefined;
  return conflict(`image is being used by stopped container ${shortId(user)}`, removeContainer(user, false));
}

function removeContainer(container: ContainerRecord, isRunning: boolean): string {
  const first = isRunning ? "stop and remove" : "remove";
  return `${first} container ${nameOf(container)} first, or use --force`;
}

function nameOf(container: ContainerRecord): string {
  return container.name || shortId(container);
}

function shortId(container: ContainerRecord): string {
  return container.id.slice(0, 12);
}
