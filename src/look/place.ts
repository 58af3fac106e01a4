import { KasaneError } from "../lib/mod.ts";

/** Where an image that somebody names is looked for. */
export type ImagePlace =
  /** In the store; where it is not there, in its registry. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "registry"; readonly reference: string }
  | { readonly kind: "layout"; readonly directory: string; readonly ref?: string }
  | { readonly kind: "archive"; readonly file: string; readonly ref?: string };

/**
 * Reads what skopeo calls a transport: `docker://REF`, `oci:DIR[:REF]`, `oci-archive:FILE[:REF]`, `docker-archive:FILE[:REF]`; without one, a name
 * or an ID.
 * @throws KasaneError `usage`
 */
export function parsePlace(text: string): ImagePlace {
  if (text.startsWith("docker://")) return { kind: "registry", reference: text.slice("docker://".length) };
  const match = /^(oci|oci-archive|docker-archive):(.*)$/s.exec(text);
  if (match === null) {
    const transport = /^([a-z-]+):\/\//.exec(text)?.[1];
    if (transport === undefined) return { kind: "name", name: text };
    throw new KasaneError("usage", `images cannot be looked into at ${transport}://`, {
      hint: "use a name, docker://NAME, oci:DIR, oci-archive:FILE or docker-archive:FILE",
    });
  }
  const [, transport, rest] = match as unknown as [string, string, string];
  const colon = rest.indexOf(":");
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const ref = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === "") throw new KasaneError("usage", `no path is given for ${transport}:`);
  const named = ref ? { ref } : {};
  return transport === "oci"
    ? { kind: "layout", directory: path, ...named }
    : { kind: "archive", file: path, ...named };
}

/**
 * Splits `IMAGE:/path` at the first `:/` that is no part of the image: no reference has one. undefined for the path where there is none.
 */
export function splitImagePath(text: string): { image: string; path: string | undefined } {
  const scheme = /^(?:docker:\/\/|(?:oci|oci-archive|docker-archive):)/.exec(text)?.[0] ?? "";
  const at = text.indexOf(":/", scheme.length + 1);
  return at < 0 ? { image: text, path: undefined } : { image: text.slice(0, at), path: text.slice(at + 1) };
}
