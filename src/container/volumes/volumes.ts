import { didYouMean, KasaneError } from "../../lib/mod.ts";
import type { LeaseId } from "../../meta/mod.ts";
import { whileClaimed } from "../../meta/while-claimed.ts";
import {
  isVolumeName,
  keepReserve,
  type LocalStore,
  listVolumes,
  makeVolume,
  readVolume,
  removeVolumeFiles,
  type Volume,
  volumeKey,
  withReserve,
} from "../../store/mod.ts";
import type { Container } from "../container.ts";
import { listRecords } from "../find-container.ts";
import { volumeNamesOf } from "./container-mount.ts";
import { checkVolumeOptions } from "./volume-options.ts";

export interface NewVolume {
  /** Absent: a random one. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly options?: Readonly<Record<string, string>>;
  readonly isAnonymous?: boolean;
}

/**
 * Makes a volume, or finds the one of that name.
 * @throws KasaneError `usage` for a name or options that cannot be, `conflict` where one of other options has the name
 */
export async function createVolume(store: LocalStore, wanted: NewVolume): Promise<Volume> {
  return store.withLease("volume", (lease) => holdVolume(store, lease, wanted));
}

/** createVolume() whose volume stays as long as the lease holds it. */
export async function holdVolume(store: LocalStore, lease: LeaseId, wanted: NewVolume): Promise<Volume> {
  const { name = randomVolumeName(), labels, options, isAnonymous = false } = wanted;
  checkVolumeName(name);
  checkVolumeOptions(name, options ?? {});
  await store.meta.leases.hold(lease, [volumeKey(name)]);
  const made = await makeVolume(store, {
    ...{ name, createdAtMs: Date.now(), isAnonymous },
    ...(labels && { labels }),
    ...(options && { options }),
  });
  const differs = Object.keys(options ?? {}).length > 0 && !areEqual(options!, made.volume.options ?? {});
  if (!made.isNew && differs) {
    throw new KasaneError("conflict", `a volume named ${name} exists already, with other options`, {
      hint: "remove it, or choose another name",
    });
  }
  return made.volume;
}

function areEqual(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}

function randomVolumeName(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
}

function checkVolumeName(name: string): void {
  if (isVolumeName(name)) return;
  if (/^[a-zA-Z0-9]$/.test(name)) {
    throw new KasaneError(
      "usage",
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
      { hint: "choose a longer one" },
    );
  }
  throw new KasaneError(
    "usage",
    `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
    { hint: "if you intended to pass a host directory, use an absolute path" },
  );
}

/** @throws KasaneError `not-found` in docker's words */
export function getVolume(store: LocalStore, name: string): Volume {
  const volume = readVolume(store.root, name);
  if (volume !== undefined) return volume;
  const names = listVolumes(store.root).map((each) => each.name);
  throw new KasaneError("not-found", `no such volume: ${name}`, {
    hint: didYouMean(name, names) ?? "'kasane volume ls' lists what there is",
  });
}

/** The containers of each volume that has some. */
export async function volumeUsers(store: LocalStore): Promise<Map<string, Container[]>> {
  const users = new Map<string, Container[]>();
  for (const container of await listRecords(store)) {
    for (const name of volumeNamesOf(container.settings.mounts)) {
      const list = users.get(name);
      if (list) list.push(container);
      else users.set(name, [container]);
    }
  }
  return users;
}

/**
 * Removes a volume and everything in it; `except`: a container that is about to go and does not count.
 * @throws KasaneError `conflict` where a container has it, `not-found`
 */
export async function removeVolume(
  store: LocalStore,
  name: string,
  options: { except?: string } = {},
): Promise<void> {
  // A volume that has filled the disk makes room for its own removal.
  await withReserve(store.root, () => removeClaimed(store, name, options));
  keepReserve(store.root);
}

function removeClaimed(store: LocalStore, name: string, { except }: { except?: string }): Promise<void> {
  return whileClaimed(store.meta, [volumeKey(name)], async (claimed) => {
    const users = (await volumeUsers(store)).get(name)?.filter(({ id }) => id !== except) ?? [];
    if (users.length > 0) throw inUse(name, users.map(({ id }) => id).join(", "));
    if (claimed.length === 0) throw inUse(name, "a container that is being made");
    if (isVolumeName(name) && (await removeVolumeFiles(store, name))) return;
    getVolume(store, name);
  });
}

function inUse(name: string, who: string): KasaneError {
  return new KasaneError("conflict", `remove ${name}: volume is in use - [${who}]`, {
    hint: "remove the containers that have it first: 'kasane ps -a --filter volume=NAME' lists them",
  });
}
