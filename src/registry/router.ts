import { RegistryFailure } from "./errors.ts";
import { isRepositoryName } from "./names.ts";

/** What a path of the distribution API stands for. Names are checked, references and digests are as they came. */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "catalog" }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: string }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly id: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: string };

const pathLimitCharacters = 1024;

/**
 * Routes by the end of the path, because a repository name has any number of segments and may itself contain `blobs` or `tags`.
 * undefined for paths that are not of this API. @throws RegistryFailure NAME_INVALID
 */
export function routeOf(path: string): Route | undefined {
  if (path === "/v2/" || path === "/v2") return { kind: "base" };
  if (path === "/v2/_catalog") return { kind: "catalog" };
  if (!path.startsWith("/v2/") || path.length > pathLimitCharacters) return undefined;
  const segments = path.slice("/v2/".length).split("/");
  const [beforeLast, last] = [segments.at(-2), segments.at(-1)!];
  const name = (tail: number) => repositoryOf(segments.slice(0, -tail));
  if (segments.at(-3) === "blobs" && beforeLast === "uploads" && segments.length > 3) {
    return last === ""
      ? { kind: "uploads", repository: name(3) }
      : { kind: "upload", repository: name(3), id: last };
  }
  if (segments.length < 3) return undefined;
  if (beforeLast === "blobs" && last === "uploads") return { kind: "uploads", repository: name(2) };
  if (beforeLast === "blobs") return { kind: "blob", repository: name(2), digest: last };
  if (beforeLast === "manifests") return { kind: "manifest", repository: name(2), reference: last };
  if (beforeLast === "referrers") return { kind: "referrers", repository: name(2), digest: last };
  if (beforeLast === "tags" && last === "list") return { kind: "tags", repository: name(2) };
  return undefined;
}

function repositoryOf(segments: readonly string[]): string {
  const name = segments.join("/");
  if (isRepositoryName(name)) return name;
  throw new RegistryFailure("NAME_INVALID", { detail: { name } });
}

/**
 * Path and query of a request's URL. Not by `new URL()`: that removes `..` and the like, and a name that needs it is not a name
 * we serve; and it throws where a client sent a broken Host.
 */
export function splitUrl(url: string): { path: string; query: string } {
  const start = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0].length ?? 0;
  const end = url.indexOf("#", start);
  const target = end < 0 ? url.slice(start) : url.slice(start, end);
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: decodePath(path), query: mark < 0 ? "" : target.slice(mark + 1) };
}

/** Some clients write the colon of a digest as %3A. */
function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
