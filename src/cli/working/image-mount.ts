import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { goJson } from "../text/go-json.ts";
import { requireMounts } from "./require-mounts.ts";

export default {
  name: "image mount",
  summary: "Mount the files of images, to be read with any program",
  usage: "[OPTIONS] [IMAGE...]",
  description:
    "Read-only. Prints the directory; of several images, each with its name; without one, what is mounted. An ordinary user mounts inside 'kasane unshare'.",
  examples: [
    { call: "image mount debian:bookworm-slim", what: "prints where its root directory is" },
    { call: "image mount", what: "what is mounted" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "All images" },
    { name: "format", type: "string", value: "FORMAT", oneOf: ["json"], help: "json" },
  ],
  arguments: { min: 0 },
  wrongCallCode: 125,
  async run({ flags, terminal, store }) {
    const { listMountedImages, mountImage } = await import("../../container/mod.ts");
    const local = await store();
    const onWarning = (message: string) => warn(terminal, message);
    const all = flags.boolean("all");
    if (all && flags.arguments.length > 0)
      throw new KasaneError("usage", "--all takes no images", { hint: "name images, or give --all" });
    const names = all
      ? (await local.meta.images.list()).map(({ target, names }) => names[0] ?? target)
      : flags.arguments;
    const mounts: { name: string; path: string }[] = [];
    if (names.length === 0 && !all) {
      for (const { name, path } of await listMountedImages(local)) mounts.push({ name, path });
    }
    for (const name of names) {
      const image = await local.find(name);
      await requireMounts();
      mounts.push({ name, path: await mountImage(local, image, name, onWarning) });
    }
    if (flags.string("format") === "json") {
      terminal.out(
        `${goJson(
          mounts.map(({ name, path }) => ({ Repositories: [name], mountpoint: path })),
          4,
        )}\n`,
      );
    } else if (names.length === 1) terminal.out(`${mounts[0]!.path}\n`);
    else for (const { name, path } of mounts) terminal.out(`${name} ${path}\n`);
    return 0;
  },
} satisfies Command;
