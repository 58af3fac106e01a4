import { KasaneError } from "../lib/errors.ts";
import type { LocalStore } from "../store/mod.ts";
import type { Container } from "./container.ts";

/** Newest first; without mounted images. */
export async function listContainers(store: LocalStore): Promise<Container[]> {
  return (await listRecords(store)).filter(({ settings }) => !settings.isImageMount);
}

/** Newest first, whatever they are. */
export async function listRecords(store: LocalStore): Promise<Container[]> {
  const records = await store.meta.containers.list();
  if (records.length === 0) return [];
  const { decodeContainer } = await import("./container.ts");
  return Promise.all(records.map((record) => decodeContainer(store, record)));
}

/**
 * By name, id, or an unambiguous start of an id; undefined when there is none.
 * @throws KasaneError `conflict` for an ambiguous one
 */
export async function findContainer(store: LocalStore, idOrName: string): Promise<Container | undefined> {
  const record = await store.meta.containers.get(idOrName);
  return record && (await import("./container.ts")).decodeContainer(store, record);
}

/** @throws KasaneError `not-found` */
export async function getContainer(store: LocalStore, idOrName: string): Promise<Container> {
  const container = await findContainer(store, idOrName);
  if (container !== undefined) return container;
  const { didYouMean } = await import("../lib/near-word.ts");
  const names = (await store.meta.containers.list()).map(({ name }) => name);
  throw new KasaneError("not-found", `no such container: ${idOrName}`, {
    hint: didYouMean(idOrName, names) ?? "'kasane ps -a' lists what there is",
  });
}
