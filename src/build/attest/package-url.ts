import { familiarReference, formatPlatform, type Platform, type Reference } from "../../oci/mod.ts";

/** An image as a package URL (purl-spec, type docker), in BuildKit's spelling. */
export function imageUrl(
  reference: Reference,
  options: { readonly platform?: Platform; readonly digest?: string } = {},
): string {
  const { tag, digest: own, ...name } = reference;
  const digest = own ?? options.digest;
  const path = familiarReference(name).split("/").map(encoded).join("/");
  const qualifiers = [
    ...(digest === undefined ? [] : [`digest=${digest}`]),
    ...(options.platform ? [`platform=${encodeURIComponent(formatPlatform(options.platform))}`] : []),
  ];
  return `pkg:docker/${path}${tag ? `@${encoded(tag)}` : ""}${qualifiers.length > 0 ? `?${qualifiers.join("&")}` : ""}`;
}

/** A colon may stand as it is. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}
