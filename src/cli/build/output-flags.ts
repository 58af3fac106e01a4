import type { Flag } from "../flags.ts";

/** What `kasane build` can be told of where the image goes and how it is written down. */
export const outputFlags: readonly Flag[] = [
  {
    name: "output",
    short: "o",
    type: "strings",
    value: "DIR|-|type=TYPE[,KEY=VALUE…]",
    help: "Where the result goes: image, registry, oci, docker, tar, local or cacheonly; may be repeated",
  },
  { name: "push", type: "boolean", help: "Push the result: -o type=registry" },
  {
    name: "load",
    type: "boolean",
    help: "Keep the result in the store beside other outputs: -o type=docker",
  },
  {
    name: "compression",
    type: "string",
    value: "TYPE",
    oneOf: ["gzip", "zstd", "uncompressed", "none"],
    help: "Of new layers: gzip (default), zstd or uncompressed",
  },
  {
    name: "compression-level",
    type: "number",
    value: "N",
    help: "1 to 9 for gzip (6), 1 to 19 for zstd (3)",
  },
  { name: "force-compression", type: "boolean", help: "The base's layers get the compression too" },
  {
    name: "format",
    type: "string",
    value: "FORMAT",
    oneOf: ["oci", "docker"],
    help: "Media types of the manifest: oci (default) or docker",
  },
  {
    name: "annotation",
    type: "strings",
    value: "[LEVEL[PLATFORM]:]KEY=VALUE",
    help: "Annotation of manifest (default), manifest-descriptor, index or index-descriptor",
  },
  { name: "squash", type: "boolean", help: "Make one layer of the new ones" },
  { name: "squash-all", type: "boolean", help: "Make one layer of all, the base's included" },
  {
    name: "layers",
    type: "boolean",
    help: "--layers=false is --squash, as buildah and podman have it",
  },
  {
    name: "verify-reproducible",
    type: "boolean",
    help: "Run every RUN twice; where one differs say in which files, write nothing, and end with 1",
  },
  {
    name: "source-date-epoch",
    type: "string",
    value: "SECONDS",
    help: "The same as --timestamp",
  },
  {
    name: "rewrite-timestamp",
    type: "boolean",
    help: "No file of a new layer is younger than the time of the build",
  },
  {
    name: "provenance",
    type: "string",
    value: "true|false|mode=min|max",
    bare: "true",
    help: "Say how it was built, in an artifact beside the image (SLSA v1); max with arguments and Dockerfile",
  },
  {
    name: "sbom",
    type: "string",
    value: "true|false|generator=IMAGE",
    bare: "true",
    help: "Scan the result with an image that keeps to BuildKit's protocol",
  },
  {
    name: "attest",
    type: "strings",
    value: "type=TYPE[,KEY=VALUE…]",
    help: "type=provenance or type=sbom, with what the two flags above take",
  },
  { name: "iidfile", type: "string", value: "FILE", help: "Write the image ID to a file" },
  {
    name: "metadata-file",
    type: "string",
    value: "FILE",
    help: "Write digests and names to a file, as JSON with buildx's keys",
  },
];
