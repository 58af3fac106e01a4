import { errnoOf, KasaneError, mapConcurrent } from "../../lib/mod.ts";
import {
  type Descriptor,
  formatReference,
  isDigest,
  parseJsonObject,
  parseReference,
  type Reference,
  readDescriptor,
  withDefaultTag,
} from "../../oci/mod.ts";
import { type ImagePlaces, type IndexSource, locateImage } from "../../sync/mod.ts";
import type { ParsedFlags } from "../flags.ts";

const limitBytes = 1024 * 1024;

/** The names to push to. @throws KasaneError `invalid-reference`, also for one with a digest */
export function targetsOf(texts: readonly string[]): Reference[] {
  return texts.map((text) => {
    const reference = parseReference(text);
    if (reference.digest) {
      throw new KasaneError("invalid-reference", `cannot push to ${text}: a digest cannot be chosen`, {
        hint: "use a name with a tag",
      });
    }
    return withDefaultTag(reference);
  });
}

/**
 * What an image is to be made of: files first, then arguments, before them what the first name has already where that is kept.
 * Each is a name, a digest in the only repository there is, or a descriptor as JSON.
 */
export async function readSources(
  flags: ParsedFlags,
  targets: readonly Reference[],
  places: ImagePlaces,
): Promise<IndexSource[]> {
  const files = await Promise.all(flags.strings("file").map(readText));
  const texts = [...files.map((text) => text.trim()), ...flags.arguments];
  if (flags.boolean("append") && targets[0]) texts.unshift(formatReference(targets[0]));
  if (texts.length === 0) {
    throw new KasaneError("usage", "no sources are given", {
      hint: "name images in a registry, or --file with a descriptor",
    });
  }
  const sources = texts.map(parseSource);
  const known = sources.flatMap(({ name }) => (name === undefined ? [] : parseReference(name)));
  const repositories = new Map(
    [...known, ...targets].map(({ host, repository }) => [
      `${host}/${repository}`,
      { host, repository } as Reference,
    ]),
  );
  return mapConcurrent(sources, 4, async ({ name, descriptor }, index) => {
    if (name !== undefined) return { image: await locateImage(name, places) };
    if (repositories.size !== 1) {
      throw new KasaneError("usage", `cannot tell in which repository ${descriptor!.digest} is`, {
        hint: "write its whole name: HOST/REPOSITORY@DIGEST",
      });
    }
    const [repository] = repositories.values();
    const image = await locateImage(formatReference({ ...repository!, digest: descriptor!.digest }), places);
    if (descriptor!.size > 0 && descriptor!.size !== image.raw.bytes.length) {
      throw new KasaneError(
        "invalid-manifest",
        `source ${index + 1} says that ${descriptor!.digest} has ${descriptor!.size} bytes, and it has ${image.raw.bytes.length}`,
      );
    }
    return { image, descriptor };
  });
}

function parseSource(text: string): { name?: string; descriptor?: Descriptor } {
  if (isDigest(text)) return { descriptor: { mediaType: "", digest: text, size: 0 } };
  if (!text.startsWith("{")) {
    parseReference(text);
    return { name: text };
  }
  const { value } = parseJsonObject(new TextEncoder().encode(text), {
    what: "the source descriptor",
    code: "invalid-manifest",
    maxBytes: limitBytes,
    maxDepth: 16,
    uniqueKeys: true,
  });
  if (value.schemaVersion !== undefined) {
    throw new KasaneError(
      "invalid-manifest",
      "the source is a manifest or index, and not a descriptor of one",
      {
        hint: "push it to a registry, and name it",
      },
    );
  }
  return {
    descriptor: readDescriptor(
      { ...value, mediaType: value.mediaType ?? "application/octet-stream", size: value.size ?? 0 },
      "the source",
    ),
  };
}

async function readText(path: string): Promise<string> {
  try {
    const file = Bun.file(path);
    if (file.size > limitBytes) {
      throw new KasaneError("limit-exceeded", `${path} is larger than the limit of ${limitBytes} bytes`);
    }
    return await file.text();
  } catch (error) {
    if (error instanceof KasaneError) throw error;
    throw new KasaneError(errnoOf(error) === "ENOENT" ? "not-found" : "io", `cannot read ${path}`, {
      hint: "check its path, and whether this user may read it",
      cause: error,
    });
  }
}
