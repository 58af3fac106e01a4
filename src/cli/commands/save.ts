import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { formatReference, parsePlatform, parseReference, withDefaultTag } from "../../oci/mod.ts";
import { archiveOutput, outputFlag } from "../archive-output.ts";
import type { Command } from "../command.ts";

export default {
  name: "save",
  summary: "Write images to a tar archive",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description:
    "The archive is an OCI layout that docker, podman and skopeo load as well. Digests and every platform are kept.",
  examples: [
    { call: "save -o my-app.tar my-app:v1.0.0", what: "into a file" },
    { call: "save my-app:v1.0.0 | gzip > my-app.tar.gz", what: "into a pipe" },
    { call: "save -o both.tar my-app:v1 nginx:alpine", what: "several; what they share is there once" },
  ],
  flags: [
    outputFlag,
    {
      name: "format",
      type: "string",
      value: "FORMAT",
      help: "docker-archive (default; docker and OCI in one) or oci-archive",
    },
    { name: "platform", type: "strings", value: "OS/ARCH", help: "Only these platforms" },
    { name: "quiet", short: "q", type: "boolean", help: "No effect, for podman's sake", hidden: true },
  ],
  arguments: { min: 1 },
  async run(context) {
    const { flags, store } = context;
    const write = archiveOutput(context);
    const [{ writeArchive }, local] = await Promise.all([import("../../image/mod.ts"), store()]);
    const platforms = flags.strings("platform").map(parsePlatform);
    // Named twice, by two names: one image with both names in the archive.
    const names = new Map<string, Set<string>>();
    for (const argument of flags.arguments) {
      const { record } = await local.find(argument);
      const set = names.get(record.target) ?? new Set();
      const name = canonicalName(argument);
      // An ID names the image without one of its names being meant.
      if (name !== undefined && record.names.includes(name)) set.add(name);
      names.set(record.target, set);
    }
    await local.withLease("save", async (lease) => {
      const targets = [...names.keys()] as Parameters<typeof local.source>[0][];
      await local.meta.leases.hold(lease, targets);
      const archive = writeArchive(
        targets.map((target) => ({ source: local.source(target), names: [...names.get(target)!] })),
        { format: formatOf(flags.string("format")), ...(platforms.length > 0 && { platforms }) },
      );
      await write(archive);
    });
    return 0;
  },
} satisfies Command;

function canonicalName(argument: string): string | undefined {
  try {
    return formatReference(withDefaultTag(parseReference(argument)));
  } catch (error) {
    if (isKasaneError(error, "invalid-reference")) return undefined;
    throw error;
  }
}

function formatOf(text: string | undefined): "docker" | "oci" {
  if (text === undefined || text === "docker-archive") return "docker";
  if (text === "oci-archive") return "oci";
  throw new KasaneError("usage", `unknown format ${JSON.stringify(text)}: docker-archive or oci-archive`);
}
