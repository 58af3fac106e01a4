import { KasaneError } from "../../lib/errors.ts";
import { familiarReference, parseReference, type Reference, splitName } from "../../oci/reference.ts";
import type { ImageSummary, LocalStore } from "../../store/mod.ts";
import { booleanFilter, type Filters, matchesLabels, untilFilter } from "../filters.ts";
import { createdAtMs } from "./image-rows.ts";

export const imageFilters = ["dangling", "label", "label!", "before", "since", "reference", "until"] as const;

/**
 * The local images that docker's filters leave, each with the names among its own that `reference` leaves. Without a filter none is
 * touched.
 * @throws KasaneError `usage` for a value that a filter does not take, `not-found` for the image of `before` or `since`
 */
export async function selectImages(
  store: Pick<LocalStore, "summaries" | "find">,
  filters: Filters,
): Promise<ImageSummary[]> {
  const repositories = repositoriesOf(filters.get("reference"));
  const images = await store.summaries({ repositories });
  if (filters.size === 0) return images;
  const dangling = booleanFilter(filters, "dangling");
  const before = await limits(store, filters, "before");
  const since = await limits(store, filters, "since");
  const until = untilFilter(filters, Date.now());
  const patterns = filters.get("reference");
  const matches = patterns && (await referenceMatcher(patterns));
  return images.flatMap((image) => {
    const { names, repoDigests } = image.record;
    const created = createdAtMs(image) ?? 0;
    if (dangling === true && names.length > 0) return [];
    if (dangling === false && names.length + repoDigests.length === 0) return [];
    if (before.some((time) => created >= time) || since.some((time) => created <= time)) return [];
    if (until !== undefined && created >= until) return [];
    if (!matchesLabels(filters, image.labels)) return [];
    if (!matches) return [image];
    const record = {
      ...image.record,
      names: names.filter(matches),
      repoDigests: repoDigests.filter(matches),
    };
    return record.names.length + record.repoDigests.length > 0 ? [{ ...image, record }] : [];
  });
}

/** Where all images are that references can match, as far as they say; undefined where one of them is a pattern, or none was given. */
function repositoriesOf(references: readonly string[] | undefined): string[] | undefined {
  const repositories = references?.map((reference) => {
    const known = isPattern(reference) ? undefined : parsed(reference);
    return known && `${known.host}/${known.repository}`;
  });
  return repositories?.every((repository) => repository !== undefined) ? repositories : undefined;
}

/** When the images that a filter names were made. */
async function limits(
  store: Pick<LocalStore, "find">,
  filters: Filters,
  name: "before" | "since",
): Promise<number[]> {
  const images = await Promise.all((filters.get(name) ?? []).map((value) => store.find(value)));
  return images.map(({ record, config }) => record.builtAtMs ?? (Date.parse(config.created ?? "") || 0));
}

/**
 * True for a canonical name that one of `patterns` matches, in the form people type: whole, or without tag and digest. `*` and `?`
 * stop at slashes.
 */
async function referenceMatcher(patterns: readonly string[]): Promise<(name: string) => boolean> {
  const one = await Promise.all(patterns.map(patternMatcher));
  return (name) => {
    const { host, repository, tag, digest } = splitName(name);
    const bare = { host, repository };
    const forms = [
      familiarReference({ ...bare, ...(tag && { tag }), ...(digest && { digest }) }),
      familiarReference(bare),
    ];
    return one.some((matches) => forms.some(matches));
  };
}

async function patternMatcher(pattern: string): Promise<(text: string) => boolean> {
  if (!isPattern(pattern)) {
    const reference = parsed(pattern);
    // `docker.io/library/nginx` means what `nginx` means.
    const familiar = reference && familiarReference(reference);
    return (text) => text === pattern || text === familiar;
  }
  const { compileFileGlob, GlobError, matchesWhole } = await import("../../dockerfile/mod.ts");
  try {
    const tokens = compileFileGlob(pattern);
    return (text) => matchesWhole(tokens, text);
  } catch (error) {
    if (!(error instanceof GlobError)) throw error;
    throw new KasaneError("usage", "syntax error in pattern", {
      hint: "* stands for any characters but a slash, ? for one, [a-z] for one of several",
      data: { exitCode: 1 },
    });
  }
}

function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text);
}

function parsed(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}
