import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { familiarReference, parsePlatform, parseReference } from "../../oci/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { transferProgress } from "../registries/transfer-progress.ts";
import { standardInput } from "../standard-input.ts";

export default {
  name: "load",
  summary: "Read images from a tar archive",
  usage: "[OPTIONS]",
  description:
    "Reads what docker, podman, skopeo and Kasane save: docker-archive old and new, OCI archives, also compressed (gzip, zstd, xz, bzip2); and directories: an OCI layout, skopeo's dir.",
  examples: [
    { call: "load -i my-app.tar", what: "from a file" },
    { call: "load < my-app.tar.gz", what: "from standard input" },
    { call: "load -i ./layout", what: "from an OCI layout directory" },
  ],
  flags: [
    {
      name: "input",
      short: "i",
      type: "string",
      value: "FILE|DIRECTORY",
      help: "Read from there instead of standard input",
    },
    { name: "quiet", short: "q", type: "boolean", help: "No progress" },
    { name: "platform", type: "strings", value: "OS/ARCH", help: "Only these platforms" },
  ],
  arguments: { min: 0, max: 0 },
  async run({ flags, terminal, store, signal }) {
    const input = flags.string("input") || undefined;
    if (input === undefined && terminal.isInTty) {
      throw new KasaneError("usage", "requested load from stdin, but stdin is a terminal", {
        hint: "use -i FILE or redirect a file",
        data: { exitCode: 1 },
      });
    }
    const { openArchive, copyImage } = await import("../../image/mod.ts");
    const { loadReferrers } = await import("../../sync/mod.ts");
    const local = await store();
    const work = await local.workDirectory("load");
    const platforms = flags.strings("platform").map((text) => parsePlatform(text));
    try {
      await using archive = await openArchive(input ?? standardInput(signal), { tempDir: work.path });
      if (archive.images.length === 0)
        throw new KasaneError("invalid-archive", "the archive has no images", {
          hint: "save it again, with the images' names",
        });
      for (const image of archive.images) {
        const progress = transferProgress(terminal, { quiet: flags.boolean("quiet") || !terminal.isOutTty });
        const before = await idsOf(local, image.names);
        const target = await local.withLease("load", async (lease) => {
          const sink = local.sink({ lease, names: image.names });
          const { root } = await copyImage(image.source, sink, {
            platforms: platforms.length > 0 ? platforms : "all",
            missingChildren: "skip",
            direction: "load",
            isThere: async ({ digest }) => (await local.blobs.stat(digest)) !== undefined,
            progress: progress.listener,
            signal,
          });
          return root.digest;
        });
        progress.end();
        const { id } = await local.find(target);
        for (const name of image.names) {
          const familiar = familiarReference(parseReference(name));
          const old = before.get(name);
          if (old !== undefined && old !== id)
            terminal.out(
              `The image ${familiar} already exists, renaming the old one with ID ${old} to empty string\n`,
            );
          terminal.out(`Loaded image: ${familiar}\n`);
        }
        if (image.names.length === 0) terminal.out(`Loaded image ID: ${id}\n`);
      }
      const strays = await loadReferrers(local, archive.referrers, { signal });
      if (strays > 0) {
        warn(
          terminal,
          `left out ${strays} signatures or other artifacts of images that are not in the archive`,
        );
      }
    } finally {
      await work.dispose();
    }
    return 0;
  },
} satisfies Command;

/** The images that the names stand for now. */
async function idsOf(local: LocalStore, names: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const name of names) {
    try {
      ids.set(name, (await local.find(name)).id);
    } catch (error) {
      // Not here, or damaged: then there is nothing to tell.
      if (!isKasaneError(error)) throw error;
    }
  }
  return ids;
}
