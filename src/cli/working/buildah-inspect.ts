import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { objectFormatFlag } from "../format/object-format-flag.ts";
import { goJson } from "../text/go-json.ts";

export default {
  name: "buildah inspect",
  summary: "Show everything about a working container or image, as buildah does",
  usage: "[OPTIONS] CONTAINER|IMAGE",
  examples: [
    { call: "buildah inspect debian-working-container", what: "what its image will be" },
    {
      call: "buildah inspect --format '{{.OCIv1.Config.Env}}' debian-working-container",
      what: "one part of it",
    },
    { call: "buildah inspect --type image debian:bookworm-slim", what: "an image" },
  ],
  flags: [
    objectFormatFlag,
    {
      name: "type",
      short: "t",
      type: "string",
      value: "TYPE",
      oneOf: ["container", "image"],
      help: "container or image (default: a container, else an image)",
    },
  ],
  arguments: { min: 1, max: 1 },
  wrongCallCode: 125,
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const format = flags.string("format") || undefined;
    checkObjectFormat(format);
    const [{ findContainer, isWorking }, { buildahContainer, buildahImage }] = await Promise.all([
      import("../../container/mod.ts"),
      import("./buildah-objects.ts"),
    ]);
    const local = await store();
    const name = flags.arguments[0]!;
    const type = flags.string("type");
    const container = type === "image" ? undefined : await findContainer(local, name);
    if (type === "container" && !isWorking(container)) {
      throw new KasaneError("not-found", `no such working container: ${name}`, {
        hint: "'kasane containers' lists what there is",
        data: { exitCode: 125 },
      });
    }
    const value = isWorking(container)
      ? await buildahContainer(local, container)
      : await buildahImage(local, await local.find(name));
    if (format === undefined) terminal.out(`${goJson(value, 4)}\n`);
    // Buildah ends a template's text with nothing where that is no terminal's.
    else {
      const { builderInfo } = await import("./buildah-type.ts");
      terminal.out(`${formatObject(format, value, builderInfo)}${terminal.isOutTty ? "\n" : ""}`);
    }
    return 0;
  },
} satisfies Command;
