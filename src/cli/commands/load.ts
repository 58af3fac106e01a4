import { KasaneError } from "../../lib/mod.ts";
import { familiarReference, parsePlatform, parseReference } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { transferProgress } from "../transfer-progress.ts";

export default {
  name: "load",
  summary: "Read images from a tar archive",
  usage: "[OPTIONS]",
  description:
    "Reads what docker, podman, skopeo and Kasane save: docker-archive old and new, OCI archives, also compressed.",
  examples: [
    { call: "load -i my-app.tar", what: "from a file" },
    { call: "load < my-app.tar.gz", what: "from standard input" },
  ],
  flags: [
    {
      name: "input",
      short: "i",
      type: "string",
      value: "FILE",
      help: "Read from a file instead of standard input",
    },
    { name: "quiet", short: "q", type: "boolean", help: "No progress" },
    { name: "platform", type: "strings", value: "OS/ARCH", help: "Only these platforms" },
  ],
  arguments: { min: 0, max: 0 },
  async run({ flags, terminal, store, signal }) {
    const input = flags.string("input");
    if (input === undefined && terminal.isInTty) {
      throw new KasaneError("usage", "requested load from stdin, but stdin is a terminal", {
        hint: "use -i FILE or redirect a file",
        data: { exitCode: 1 },
      });
    }
    const { openArchive, copyImage } = await import("../../image/mod.ts");
    const local = await store();
    const work = await local.workDirectory("load");
    const platforms = flags.strings("platform").map(parsePlatform);
    try {
      await using archive = await openArchive(input ?? Bun.stdin.stream(), { tempDir: work.path });
      if (archive.images.length === 0) throw new KasaneError("invalid-archive", "the archive has no images");
      for (const image of archive.images) {
        const progress = transferProgress(terminal, { quiet: flags.boolean("quiet") || !terminal.isOutTty });
        const target = await local.withLease("load", async (lease) => {
          const sink = local.sink({ lease, names: image.names });
          const { root } = await copyImage(image.source, sink, {
            platforms: platforms.length > 0 ? platforms : "all",
            missingChildren: "skip",
            progress: progress.listener,
            signal,
          });
          return root.digest;
        });
        progress.end();
        for (const name of image.names)
          terminal.out(`Loaded image: ${familiarReference(parseReference(name))}\n`);
        if (image.names.length === 0) {
          const loaded = await local.find(target);
          terminal.out(`Loaded image ID: ${loaded.id}\n`);
        }
      }
    } finally {
      await work.dispose();
    }
    return 0;
  },
} satisfies Command;
