import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { formatReference, parseReference, withDefaultTag } from "../../oci/mod.ts";
import type { NamedContext } from "../options.ts";

/** The named contexts of a build, found as BuildKit finds them: `alpine`, `docker.io/library/alpine:latest` and a stage `alpine` are one name. */
export class ContextNames {
  readonly #byKey = new Map<string, { readonly name: string; readonly context: NamedContext }>();

  /** @throws KasaneError `usage` for two names that mean the same */
  constructor(contexts: ReadonlyMap<string, NamedContext> = new Map()) {
    for (const [name, context] of contexts) {
      const key = keyOf(name);
      const other = this.#byKey.get(key);
      if (other) {
        throw new KasaneError("usage", `the build contexts ${other.name} and ${name} have the same name`, {
          hint: "give each context a name of its own",
        });
      }
      this.#byKey.set(key, { name, context });
    }
  }

  find(name: string): { readonly name: string; readonly context: NamedContext } | undefined {
    return this.#byKey.size === 0 ? undefined : this.#byKey.get(keyOf(name));
  }
}

function keyOf(name: string): string {
  const lower = name.toLowerCase();
  try {
    return formatReference(withDefaultTag(parseReference(lower)));
  } catch (error) {
    if (!isKasaneError(error)) throw error;
    return lower;
  }
}
