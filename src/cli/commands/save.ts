import { KasaneError } from "../../lib/mod.ts";
import { parsePlatform } from "../../oci/mod.ts";
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
    {
      name: "output",
      short: "o",
      type: "string",
      value: "FILE",
      help: "Write to a file instead of standard output",
    },
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
  async run({ flags, terminal, store, signal }) {
    const output = flags.string("output");
    if (output === undefined && terminal.isOutTty) {
      throw new KasaneError("usage", "refusing to write an archive to a terminal", {
        hint: "use -o FILE or redirect the output",
        data: { exitCode: 1 },
      });
    }
    const [{ writeArchive }, { familiarReference, formatReference, parseReference, withDefaultTag }, local] =
      await Promise.all([import("../../image/mod.ts"), import("../../oci/mod.ts"), store()]);
    const platforms = flags.strings("platform").map(parsePlatform);
    // Named twice, by two names: one image with both names in the archive.
    const names = new Map<string, Set<string>>();
    for (const argument of flags.arguments) {
      const { record, id } = await local.find(argument);
      const typed = isName(argument, id) ? withDefaultTag(parseReference(argument)) : undefined;
      const set = names.get(record.target) ?? new Set();
      if (typed?.tag && !typed.digest && record.names.includes(formatReference(typed)))
        set.add(familiarReference(typed));
      names.set(record.target, set);
    }
    await local.withLease("save", async (lease) => {
      const targets = [...names.keys()] as Parameters<typeof local.source>[0][];
      await local.meta.leases.hold(lease, targets);
      const archive = writeArchive(
        targets.map((target) => ({ source: local.source(target), names: [...names.get(target)!] })),
        { format: formatOf(flags.string("format")), ...(platforms.length > 0 && { platforms }) },
      );
      if (output === undefined) {
        for await (const chunk of archive) {
          signal.throwIfAborted();
          await terminal.outBytes(chunk);
        }
      } else {
        const { writeFileAtomically } = await import("../write-file.ts");
        await writeFileAtomically(output, archive, signal);
      }
    });
    return 0;
  },
} satisfies Command;

/** An ID names an image without one of its names being meant. */
function isName(argument: string, id: string): boolean {
  const hex = argument.replace(/^sha256:/, "");
  return !(/^[0-9a-f]{2,64}$/.test(hex) && id.includes(hex));
}

function formatOf(text: string | undefined): "docker" | "oci" {
  if (text === undefined || text === "docker-archive") return "docker";
  if (text === "oci-archive") return "oci";
  throw new KasaneError("usage", `unknown format ${JSON.stringify(text)}: docker-archive or oci-archive`);
}
