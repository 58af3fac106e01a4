import type { Flag } from "../flags.ts";
import { registryFlags } from "../registries/connect.ts";

/** What `commit` of a working container may be told beside docker's flags. */
export const commitWorkingFlags: readonly Flag[] = [
  {
    name: "format",
    short: "f",
    type: "string",
    value: "FORMAT",
    help: "Of a working container's image: oci (default) or docker, whose images also have a health check, a shell and triggers",
  },
  { name: "squash", type: "boolean", help: "Of a working container: one layer with everything" },
  { name: "rm", type: "boolean", help: "Remove the working container afterwards" },
  { name: "iidfile", type: "string", value: "FILE", help: "Write the image's ID to a file" },
  { name: "quiet", short: "q", type: "boolean", help: "No progress" },
  {
    name: "timestamp",
    type: "string",
    value: "SECONDS",
    help: "Time of a working container's image and files (default: SOURCE_DATE_EPOCH, else now)",
  },
  { name: "omit-history", type: "boolean", help: "A working container's image without history" },
  {
    name: "unsetenv",
    type: "strings",
    value: "NAME",
    help: "Leave an environment variable out of a working container's image",
  },
  {
    name: "disable-compression",
    short: "D",
    type: "boolean",
    help: "Do not compress a working container's layer",
  },
  { name: "identity-label", type: "boolean", help: "No effect, for buildah's sake", hidden: true },
  ...registryFlags,
];
