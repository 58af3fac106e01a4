import type { ByteSource } from "../../lib/mod.ts";
import { type LocalStore, type Volume, volumeData, volumeKey } from "../../store/mod.ts";
import { writeTar } from "../../tar/mod.ts";
import { volumeDevice } from "../volumes/volume-options.ts";
import { getVolume } from "../volumes/volumes.ts";
import { apply, type CopyOptions, membersOf, ownership } from "./copy-container.ts";
import { entriesInto, entriesOf } from "./copy-entries.ts";

/** Hands everything in a volume to `write`, as a tar. @throws KasaneError `not-found` */
export async function exportVolume(
  store: LocalStore,
  name: string,
  write: (tar: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  await withVolume(store, name, (directory) =>
    write(writeTar(entriesOf({ directory, ownership: ownership() }, "."))),
  );
}

/** Unpacks a tar into a volume, over what is there. @throws KasaneError `not-found`, `unsupported`, `conflict` */
export async function importVolume(
  store: LocalStore,
  name: string,
  tar: ByteSource,
  options: CopyOptions = {},
): Promise<void> {
  await withVolume(store, name, async (directory) => {
    await apply(entriesInto(membersOf(tar), ""), directory, ownership(), options);
  });
}

/** It stays meanwhile. */
async function withVolume(
  store: LocalStore,
  name: string,
  use: (directory: string) => Promise<void>,
): Promise<void> {
  await store.withLease("volume", async (lease) => {
    await store.meta.leases.hold(lease, [volumeKey(name)]);
    await use(volumePlace(store, getVolume(store, name)));
  });
}

/** Where its files are. */
function volumePlace({ root }: Pick<LocalStore, "root">, volume: Volume): string {
  return volumeDevice(volume)?.path ?? volumeData(root, volume.name);
}
