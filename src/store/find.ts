import { isKasaneError, KasaneError } from "../lib/mod.ts";
import type { ImageRecord } from "../meta/mod.ts";
import {
  type Digest,
  digestHex,
  formatReference,
  isDigest,
  parseManifest,
  parseReference,
  withDefaultTag,
} from "../oci/mod.ts";
import { storedChildren } from "./local-image.ts";
import { nearNames, repositoryOf } from "./names.ts";
import type { StoreParts } from "./store-parts.ts";

/** What somebody meant by a name or id. */
export type FoundImage =
  /** `name` is the canonical name, or repository digest, that the image has. */
  | { readonly kind: "name"; readonly name: string; readonly record: ImageRecord }
  /** By id or digest; more than one record where images share a config. `child` is set where it is one of an index. */
  | {
      readonly kind: "id";
      readonly id: Digest;
      readonly records: readonly ImageRecord[];
      readonly child?: Digest;
    };

/**
 * Docker's order: a whole digest is an id; else a name that exists; else a prefix of an id, of at least two digits.
 * @throws KasaneError `not-found`, `conflict` for a prefix of several ids
 */
export async function findImage(parts: StoreParts, text: string): Promise<FoundImage> {
  const whole = /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
  if (!isDigest(whole)) {
    const byName = await findByName(parts, text);
    if (byName) return byName;
  }
  const byId = await findById(parts, whole);
  if (byId) return byId;
  throw await notFound(parts, text);
}

async function findByName(parts: StoreParts, text: string): Promise<FoundImage | undefined> {
  let reference: ReturnType<typeof parseReference>;
  try {
    reference = withDefaultTag(parseReference(text));
  } catch (error) {
    // `sha256:ab12` is an id, and many other things that are no names may be the beginning of one.
    if (isKasaneError(error, "invalid-reference") && isIdPrefix(text)) return undefined;
    throw error;
  }
  const { digest, tag: _, ...repository } = reference;
  if (digest === undefined) {
    const name = formatReference(reference);
    const record = await parts.meta.images.byName(name);
    return record && { kind: "name", name, record };
  }
  // A tag beside a digest is for people: the digest says which one it is.
  const name = formatReference({ ...repository, digest });
  const pulled = await parts.meta.images.byName(name);
  if (pulled) return { kind: "name", name, record: pulled };
  const record = await parts.meta.images.byTarget(digest);
  const bare = formatReference(repository);
  const isNamedSo = record?.names.some((known) => repositoryOf(known) === bare);
  return record && isNamedSo ? { kind: "id", id: digest, records: [record] } : undefined;
}

/** Every digest that stands for an image: of its target, of the children that are here, of their configs. */
async function findById(parts: StoreParts, text: string): Promise<FoundImage | undefined> {
  if (!isIdPrefix(text) && !isDigest(text)) return undefined;
  const isMatch = (digest: Digest) => digest.startsWith(text) || digestHex(digest).startsWith(text);
  const matches = new Map<Digest, { records: ImageRecord[]; child?: Digest }>();
  const note = (id: Digest, record: ImageRecord, child?: Digest) => {
    const match = matches.get(id) ?? { records: [], ...(child && { child }) };
    if (!match.records.includes(record)) match.records.push(record);
    matches.set(id, match);
  };
  for (const record of await parts.meta.images.list()) {
    if (isMatch(record.target)) note(record.target, record);
    for (const { manifest, config } of await manifestsOf(parts, record.target)) {
      const child = manifest === record.target ? undefined : manifest;
      if (child && isMatch(child)) note(child, record, child);
      if (isMatch(config)) note(config, record, child);
    }
  }
  if (matches.size === 0) return undefined;
  if (matches.size > 1) {
    throw new KasaneError("conflict", `${text} is the beginning of several image ids`, {
      hint: `give more digits: ${[...matches.keys()].slice(0, 3).map(digestHex).join(", ")}`,
    });
  }
  const [id, { records, child }] = [...matches][0]!;
  return { kind: "id", id, records, ...(child && { child }) };
}

/** The image manifests of a target that are in the store, with their config's digest. */
export async function manifestsOf(
  parts: StoreParts,
  target: Digest,
): Promise<{ manifest: Digest; config: Digest; layers: readonly Digest[] }[]> {
  const record = await parts.meta.manifests.get(target);
  if (!record) return [];
  const layers = record.layers.map((layer) => layer.digest);
  if (record.config) return [{ manifest: target, config: record.config.digest, layers }];
  const index = parseManifest(record.bytes, record.mediaType);
  if (index.kind !== "index") return [];
  const children = await storedChildren(parts, index);
  return (await Promise.all(children.map((child) => manifestsOf(parts, child.digest)))).flat();
}

/** Two digits and more; with or without `sha256:` in front. */
function isIdPrefix(text: string): boolean {
  return /^(?:sha(?:256|512):)?[0-9a-f]{2,128}$/.test(text);
}

export async function notFound(parts: StoreParts, text: string): Promise<KasaneError> {
  const near = nearNames(
    text,
    (await parts.meta.images.list()).flatMap((image) => image.names),
  );
  return new KasaneError("not-found", `no such image: ${text}`, {
    hint:
      near.length > 0 ? `did you mean ${near.join(" or ")}?` : "list the images that are here, or pull it",
  });
}
