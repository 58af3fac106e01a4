import { KasaneError } from "../lib/errors.ts";
import { editDistance } from "../lib/near-word.ts";
import { familiarReference, formatReference, parseReference, withDefaultTag } from "../oci/reference.ts";

/**
 * A name an image can be given: canonical, with tag.
 * @throws KasaneError `invalid-reference`, also for a name with a digest, which is not ours to give
 */
export function canonicalName(name: string): string {
  const reference = parseReference(name);
  if (reference.digest !== undefined) {
    throw new KasaneError(
      "invalid-reference",
      `cannot name an image ${name}: a digest cannot be given to an image`,
      {
        hint: "use a name with a tag, or without one for :latest",
      },
    );
  }
  return formatReference(withDefaultTag(reference));
}

/** The part of a canonical name or repository digest before tag and digest. */
export function repositoryOf(name: string): string {
  const at = name.indexOf("@");
  const bare = at < 0 ? name : name.slice(0, at);
  const colon = bare.lastIndexOf(":");
  return colon > bare.lastIndexOf("/") ? bare.slice(0, colon) : bare;
}

/**
 * Of `names`, up to three that somebody who typed `wanted` may have meant, in the form people type: their last part is nearly the
 * same, wherever they come from and whatever their tag is.
 */
export function nearNames(wanted: string, names: readonly string[]): string[] {
  const typed = wanted.toLowerCase();
  const last = lastPart(typed);
  return [...new Set(names.map((name) => familiarReference(parseReference(name))))]
    .map((name) => ({ name, near: editDistance(last, lastPart(name)), far: editDistance(typed, name) }))
    .filter(({ near }) => near <= Math.max(1, Math.round(last.length * 0.4)))
    .sort((a, b) => a.near - b.near || a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

function lastPart(name: string): string {
  const repository = repositoryOf(name);
  return repository.slice(repository.lastIndexOf("/") + 1);
}
