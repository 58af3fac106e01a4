/** What a request is about, by the names that dashboards for distribution's registry know. A closed set: it becomes a label. */
export const routeKinds = [
  "base",
  "blob",
  "blob_upload",
  "blob_upload_chunk",
  "catalog",
  "manifest",
  "referrers",
  "tags",
  "token",
  "other",
] as const;

export type RouteKind = (typeof routeKinds)[number];

/**
 * The kind of a request by its URL. For counting only: it neither checks names nor decodes, so it is cheap on every request, and
 * what is no path of the registry is `other` or, where it ends like one, counted as that.
 */
export function routeKindOf(url: string): RouteKind {
  const start = pathStart(url);
  const mark = url.indexOf("?", start);
  const end = mark < 0 ? url.length : mark;
  const last = url.lastIndexOf("/", end - 1);
  const api = url.indexOf("/v2/", start);
  if (api < 0 || api >= end) {
    if (end - 3 >= start && url.startsWith("/v2", end - 3)) return "base";
    return url.startsWith("/token", last) || url.startsWith("/auth", last) ? "token" : "other";
  }
  if (api + 4 === end) return "base";
  if (last === api + 3) return url.startsWith("_catalog", last + 1) ? "catalog" : "other";
  const before = url.lastIndexOf("/", last - 1);
  switch (url.slice(before + 1, last)) {
    case "manifests":
      return "manifest";
    case "uploads":
      return last + 1 === end ? "blob_upload" : "blob_upload_chunk";
    case "blobs":
      return url.startsWith("uploads", last + 1) && end === last + 8 ? "blob_upload" : "blob";
    case "tags":
      return "tags";
    case "referrers":
      return "referrers";
    default:
      return "other";
  }
}

/** Where the path begins in a URL with or without a host. */
export function pathStart(url: string): number {
  if (url.startsWith("/")) return 0;
  const scheme = url.indexOf("://");
  const slash = url.indexOf("/", scheme + 3);
  return scheme < 0 || slash < 0 ? url.length : slash;
}
