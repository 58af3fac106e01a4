import { hostPlatform, type Platform, parsePlatform } from "../../oci/mod.ts";
import type { Flag, ParsedFlags } from "../flags.ts";
import { registryFlags } from "../registries/connect.ts";

export const skopeoFlags: readonly Flag[] = [
  { name: "override-arch", type: "string", value: "ARCH", help: "Architecture of a multi-platform image" },
  { name: "override-os", type: "string", value: "OS", help: "Operating system of a multi-platform image" },
  { name: "override-variant", type: "string", value: "VARIANT", help: "Variant of a multi-platform image" },
  { name: "no-creds", type: "boolean", help: "No effect, for skopeo's sake", hidden: true },
  { name: "retry-times", type: "string", value: "N", help: "No effect, for skopeo's sake", hidden: true },
  ...registryFlags,
];

export function skopeoPlatform(flags: ParsedFlags): Platform | undefined {
  const [arch, os, variant] = ["override-arch", "override-os", "override-variant"].map((name) =>
    flags.string(name),
  );
  if (arch === undefined && os === undefined && variant === undefined) return undefined;
  const host = hostPlatform();
  return parsePlatform([os ?? host.os, arch ?? host.architecture, ...(variant ? [variant] : [])].join("/"));
}
