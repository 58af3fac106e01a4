import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import { digestHex } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { formatError } from "../text/error-output.ts";

export default {
  name: "image unmount",
  summary: "Unmount images",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  description: "Prints the ID of each that was mounted.",
  examples: [
    { call: "image unmount debian:bookworm-slim", what: "one" },
    { call: "image unmount --all", what: "all that are mounted" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "All that are mounted" },
    { name: "force", short: "f", type: "boolean", help: "No effect, for podman's sake", hidden: true },
  ],
  arguments: { min: 0 },
  wrongCallCode: 125,
  async run({ flags, terminal, store }) {
    const { listMountedImages, unmountImage } = await import("../../container/mod.ts");
    const all = flags.boolean("all");
    if (all === flags.arguments.length > 0) {
      throw new KasaneError("usage", all ? "--all takes no images" : "no image is named", {
        hint: "name images, or give --all",
      });
    }
    const local = await store();
    const names = all
      ? (await listMountedImages(local)).map(({ container }) => container.manifest)
      : flags.arguments;
    let failed = false;
    for (const name of names) {
      try {
        const image = await local.find(name);
        if (await unmountImage(local, image)) terminal.out(`${digestHex(image.id)}\n`);
      } catch (error) {
        if (!isKasaneError(error)) throw error;
        terminal.err(formatError(error));
        failed = true;
      }
    }
    return failed ? 125 : 0;
  },
} satisfies Command;
