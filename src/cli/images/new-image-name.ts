import { KasaneError } from "../../lib/mod.ts";
import { formatReference, parseReference, withDefaultTag } from "../../oci/mod.ts";

/**
 * The canonical name that somebody wants a new image to have; without a tag `:latest` is meant.
 * @throws KasaneError `invalid-reference`, `usage` for a digest, which nothing can be given
 */
export function newImageName(text: string): string {
  const reference = parseReference(text);
  if (reference.digest === undefined) return formatReference(withDefaultTag(reference));
  throw new KasaneError("usage", `cannot call an image ${text}: a digest is not a name that can be given`, {
    hint: "write NAME or NAME:TAG",
    data: { exitCode: 1 },
  });
}
