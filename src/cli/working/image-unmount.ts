import { KasaneError } from "../../lib/mod.ts";
import { digestHex } from "../../oci/mod.ts";
import type { Command } from "../command.ts";
import { eachName } from "../each-name.ts";

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
    const isDone = await eachName(names, terminal, async (name) => {
      const image = await local.find(name);
      return (await unmountImage(local, image)) ? digestHex(image.id) : undefined;
    });
    return isDone ? 0 : 125;
  },
} satisfies Command;
