import { composeIndex, mergeChildren } from "../../image/mod.ts";
import { lockDirectory } from "../../lib/libc/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import {
  type Annotations,
  type Descriptor,
  type Digest,
  encodeManifest,
  formatReference,
  parseManifest,
  parseReference,
  type RawManifest,
  withDefaultTag,
} from "../../oci/mod.ts";
import { type LocalStore, nearHint } from "../../store/mod.ts";
import type { Origins } from "./scattered-source.ts";

/**
 * A list under construction: an index in the store under its name, like any image. Its children are in the store, or in the registries
 * that `origins` name: putting a list together downloads no layers.
 */
export interface ManifestList {
  /** Canonical. */
  readonly name: string;
  readonly raw: RawManifest;
  readonly children: readonly Descriptor[];
  readonly annotations: Annotations;
  readonly origins: Origins;
}

/** What becomes of a list. */
export type ListContent = Pick<ManifestList, "children" | "annotations" | "origins">;

const emptyList: ListContent = { children: [], annotations: {}, origins: {} };

/** A name as lists have it, with tag. @throws KasaneError `invalid-reference` */
export function listName(text: string): string {
  const { digest, ...reference } = parseReference(text);
  if (digest === undefined) return formatReference(withDefaultTag(reference));
  throw new KasaneError("invalid-reference", `a manifest list is named by a tag, not by a digest: ${text}`, {
    hint: "use a name with a tag",
  });
}

/** undefined where there is none, or the name is that of an image. */
export async function findManifestList(store: LocalStore, text: string): Promise<ManifestList | undefined> {
  const name = listName(text);
  const record = await store.meta.images.byName(name);
  const raw = record && (await store.meta.manifests.get(record.target));
  if (!raw) return undefined;
  const manifest = parseManifest(raw.bytes, raw.mediaType);
  if (manifest.kind !== "index") return undefined;
  return {
    name,
    raw,
    children: manifest.manifests,
    annotations: manifest.annotations ?? {},
    origins: await readOrigins(store, record.names),
  };
}

/** A list that has images which are not in the store, but in registries that it knows. */
export async function findScatteredList(store: LocalStore, name: string): Promise<ManifestList | undefined> {
  const list = await findManifestList(store, name);
  if (!list || Object.keys(list.origins).length === 0) return undefined;
  const found = await Promise.all(list.children.map(({ digest }) => store.meta.manifests.get(digest)));
  return found.includes(undefined) ? list : undefined;
}

/** @throws KasaneError `not-found` */
export async function getManifestList(store: LocalStore, text: string): Promise<ManifestList> {
  const list = await findManifestList(store, text);
  if (list) return list;
  const missing: unknown = await store.find(text).catch((error) => error);
  throw new KasaneError("not-found", `no such manifest list: ${listName(text)}`, {
    hint: nearHint(missing) ?? `make it with: kasane manifest create ${text} IMAGE...`,
  });
}

/**
 * @param isAmending a list of that name is added to; without it, it is an error
 * @throws KasaneError `already-exists`, also for a name that an image has
 */
export async function createManifestList(
  store: LocalStore,
  text: string,
  content: ListContent,
  options: { isAmending: boolean },
): Promise<ManifestList> {
  const name = listName(text);
  return locked(store, async () => {
    const before = await findManifestList(store, name);
    if (before && !options.isAmending) {
      throw new KasaneError("already-exists", `the manifest list ${name} exists already`, {
        hint: "add to it with --amend, or remove it first with: kasane manifest rm",
      });
    }
    if (!before && (await store.meta.images.byName(name))) {
      throw new KasaneError(
        "already-exists",
        `cannot make a manifest list ${name}: that is the name of an image`,
        {
          hint: "give the list another name, or tag the image differently first",
        },
      );
    }
    return write(store, name, joined(before ?? emptyList, content));
  });
}

/** Changes of several processes come one after the other. @throws KasaneError `not-found`, and what `change` throws */
export function changeManifestList(
  store: LocalStore,
  text: string,
  change: (list: ManifestList) => ListContent | Promise<ListContent>,
): Promise<ManifestList> {
  return locked(store, async () => {
    const list = await getManifestList(store, text);
    return write(store, list.name, await change(list));
  });
}

export async function removeManifestList(store: LocalStore, text: string): Promise<void> {
  await locked(store, async () => {
    const { name, raw } = await getManifestList(store, text);
    await store.meta.images.remove({ target: raw.digest, names: [name], deleteUnnamed: true });
    await store.meta.settings.delete(originsKey(name));
  });
}

/** Two lists as one; the second one's word counts. */
export function joined(list: ListContent, more: ListContent): ListContent {
  return {
    children: mergeChildren([...list.children, ...more.children]),
    annotations: { ...list.annotations, ...more.annotations },
    origins: { ...list.origins, ...more.origins },
  };
}

async function write(store: LocalStore, name: string, content: ListContent): Promise<ManifestList> {
  const raw = encodeManifest(composeIndex(content.children, content.annotations));
  const before = await store.meta.images.byName(name);
  await store.withLease(`manifest list ${name}`, async (lease) => {
    const digests = content.children.map((child) => child.digest as Digest);
    await store.meta.leases.hold(lease, digests);
    const kept = new Set(digests as string[]);
    const origins = Object.entries(content.origins).filter(([digest]) => kept.has(digest));
    const texts = origins.map(([digest, reference]) => [digest, formatReference(reference)]);
    // First where things are, then what needs them.
    await store.meta.settings.put(originsKey(name), JSON.stringify(Object.fromEntries(texts)));
    await store.sink({ lease, names: [name], builtAtMs: Date.now() }).putManifest(raw, { isRoot: true });
  });
  if (before && before.target !== raw.digest) {
    await store.meta.images.remove({ target: before.target, names: [], deleteUnnamed: true });
  }
  return { name, raw, ...content };
}

function originsKey(name: string): string {
  return `manifest-list ${name}`;
}

/** Of every name that the list has: it may have been tagged after it was made. */
async function readOrigins(store: LocalStore, names: readonly string[]): Promise<Origins> {
  const texts = await Promise.all(names.map((name) => store.meta.settings.get(originsKey(name))));
  const entries = texts.flatMap((text) => Object.entries(JSON.parse(text ?? "{}") as Record<string, string>));
  return Object.fromEntries(entries.map(([digest, reference]) => [digest, parseReference(reference)]));
}

async function locked<T>(store: LocalStore, work: () => Promise<T>): Promise<T> {
  const unlock = await lockDirectory(store.root);
  try {
    return await work();
  } finally {
    unlock();
  }
}
