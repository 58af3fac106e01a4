import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { ImageView } from "../../look/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { viewFlags, withImages } from "../images/image-viewing.ts";
import { formatError } from "../text/error-output.ts";

export default {
  name: "cat",
  summary: "Print files of an image",
  usage: "[OPTIONS] IMAGE:/PATH...",
  description:
    "Symlinks are followed inside the image. Bytes are written as they are, also to a terminal, as cat(1) does.",
  examples: [
    { call: "cat my-app:/etc/os-release", what: "a file of an image" },
    {
      call: "cat docker://localhost:5000/my-app:/etc/passwd",
      what: "of a registry's image, without pulling it",
    },
    { call: "cat a:/etc/hosts b:/etc/hosts", what: "several, one after the other" },
  ],
  flags: [...viewFlags],
  arguments: { min: 1 },
  onlyReads: true,
  async run(context) {
    const { splitImagePath } = await import("../../look/mod.ts");
    const sources = context.flags.arguments.map((argument) => {
      const { image, path } = splitImagePath(argument);
      if (path === undefined) {
        throw usage(`${JSON.stringify(argument)} names no file: it must be IMAGE:/PATH`, "cat");
      }
      return { image, path };
    });
    return withImages(context, { needsContents: true }, async (viewer) => {
      const images = new Map<string, Promise<ImageView>>();
      let code = 0;
      for (const { image: name, path } of sources) {
        try {
          const image = images.get(name) ?? viewer.open(name);
          images.set(name, image);
          await print(context, await image, path);
        } catch (error) {
          if (!isKasaneError(error) || error.code === "cancelled") throw error;
          // As cat(1): the others are printed all the same.
          context.terminal.err(formatError(error));
          code = 1;
        }
      }
      return code;
    });
  },
} satisfies Command;

/** What has no bytes of its own. */
const kinds: Readonly<Record<string, string>> = {
  directory: "a directory",
  "character-device": "a character device",
  "block-device": "a block device",
  fifo: "a fifo",
};

async function print({ terminal, signal }: CommandContext, image: ImageView, path: string): Promise<void> {
  const { findFile, readFile } = await import("../../look/mod.ts");
  const node = await findFile(image, path, { followLast: true });
  const { type } = (node.target ?? node).entry;
  if (type !== "file") {
    throw new KasaneError(
      "unsupported",
      `cannot print ${JSON.stringify(path)} of image ${image.name}: it is ${kinds[type] ?? type}`,
      { hint: "list it with ls" },
    );
  }
  for await (const chunk of readFile(image, node)) {
    signal.throwIfAborted();
    await terminal.outBytes(chunk);
  }
}
