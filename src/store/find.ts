import { isKasaneError, KasaneError } from "../lib/errors.ts";
import type { IdMatch, ImageRecord } from "../meta/mod.ts";
import { type Digest, digestHex, isDigest } from "../oci/digest.ts";
import { formatReference, parseReference, type Reference, withDefaultTag } from "../oci/reference.ts";
import { idPrefixes, matchIdPrefix, summarizeImages } from "./image-facts.ts";
import type { ReadParts } from "./store-parts.ts";

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
export async function findImage(parts: ReadParts, text: string): Promise<FoundImage> {
  const whole = /^[0-9a-f]{64}$/.test(text) ? `sha256:${text}` : text;
  if (!isDigest(whole)) {
    const byName = await findByName(parts, text);
    if (byName) return byName;
  }
  const byId = await findById(parts, whole);
  if (byId) return byId;
  throw await notFound(parts, text);
}

async function findByName(parts: ReadParts, text: string): Promise<FoundImage | undefined> {
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
    for (const name of [formatReference(reference), ...shortNameOf(reference)]) {
      const record = await parts.meta.images.byName(name);
      if (record) return { kind: "name", name, record };
    }
    return undefined;
  }
  // A tag beside a digest is for people: the digest says which one it is.
  const name = formatReference({ ...repository, digest });
  const pulled = await parts.meta.images.byName(name);
  if (pulled) return { kind: "name", name, record: pulled };
  const record = await parts.meta.images.byTarget(digest);
  const bare = formatReference(repository);
  const { repositoryOf } = await import("./names.ts");
  const isNamedSo = record?.names.some((known) => repositoryOf(known) === bare);
  return record && isNamedSo ? { kind: "id", id: digest, records: [record] } : undefined;
}

/** Podman and buildah call an image `localhost/app` that was made here as `app`. */
function shortNameOf({ host, repository, tag }: Reference): string[] {
  return host === "localhost"
    ? [formatReference(withDefaultTag(parseReference(`${repository}:${tag}`)))]
    : [];
}

/** Every digest that stands for an image: of its target, of the children that are here, of their configs. */
async function findById(parts: ReadParts, text: string): Promise<FoundImage | undefined> {
  if (!isIdPrefix(text) && !isDigest(text)) return undefined;
  const matches: IdMatch[] = [];
  for (const prefix of idPrefixes(text)) matches.push(...(await matchIdPrefix(parts, prefix, 4)));
  const ids = [...new Set(matches.map((match) => match.id))];
  const [id] = ids;
  if (id === undefined) return undefined;
  if (ids.length > 1) {
    throw new KasaneError("conflict", `${text} is the beginning of several image ids`, {
      hint: `give more digits: ${ids.slice(0, 3).map(digestHex).join(", ")}`,
    });
  }
  const targets = [...new Set(matches.map((match) => match.target))];
  const records = await Promise.all(targets.map((target) => parts.meta.images.byTarget(target)));
  // What another process removes meanwhile is not there.
  const found = records.filter((record) => record !== undefined);
  if (found.length === 0) return undefined;
  const child = matches.find(({ target }) => target === found[0]!.target)?.manifest;
  return { kind: "id", id, records: found, ...(child && { child }) };
}

/** The image manifests of a target that are in the store, with their config's digest. */
export async function manifestsOf(
  parts: ReadParts,
  target: Digest,
): Promise<{ manifest: Digest; config: Digest; layers: readonly Digest[] }[]> {
  const record = await parts.meta.manifests.get(target);
  if (!record) return [];
  const layers = record.layers.map((layer) => layer.digest);
  if (record.config) return [{ manifest: target, config: record.config.digest, layers }];
  const { storedChildren } = await import("./local-image.ts");
  const children = await storedChildren(parts, { manifests: record.children });
  return (await Promise.all(children.map((child) => manifestsOf(parts, child.digest)))).flat();
}

/** Two digits and more; with or without `sha256:` in front. */
function isIdPrefix(text: string): boolean {
  return /^(?:sha(?:256|512):)?[0-9a-f]{2,128}$/.test(text);
}

export async function notFound(parts: ReadParts, text: string): Promise<KasaneError> {
  const { nearNames } = await import("./names.ts");
  const records = await parts.meta.images.list();
  const names = nearNames(
    text,
    records.flatMap((image) => image.names),
  );
  const near = names.length > 0 ? names : await nearIds(parts, text);
  return new KasaneError("not-found", `no such image: ${text}`, {
    hint: near.length > 0 ? `did you mean ${near.join(", ")}?` : "list the images that are here, or pull it",
    data: { isNear: near.length > 0 },
  });
}

/** An id with one or two digits wrong, missing or twice. */
async function nearIds(parts: ReadParts, text: string): Promise<string[]> {
  const typed = text.slice(text.indexOf(":") + 1);
  if (!isIdPrefix(text) || typed.length < 6) return [];
  const { editDistance } = await import("../lib/near-word.ts");
  const ids = (await summarizeImages(parts)).map((image) => digestHex(image.id));
  return [...new Set(ids)]
    .map((id) => ({ id, distance: editDistance(typed, id.slice(0, typed.length)) }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ id }) => id.slice(0, Math.max(12, typed.length)));
}
