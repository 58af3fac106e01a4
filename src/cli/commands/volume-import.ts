import { existsSync } from "node:fs";
import { fileBytes, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { warn } from "../messages/tell.ts";
import { standardInput } from "../standard-input.ts";

export default {
  name: "volume import",
  summary: "Unpack a tar into a volume",
  usage: "VOLUME [FILE]",
  description:
    "Over what is there. The tar (plain, gzip, zstd, xz, bzip2) is read from standard input where FILE is - or left away.",
  examples: [
    { call: "volume import data data.tar", what: "what volume export wrote" },
    { call: "volume export data | kasane volume import copy -", what: "from one volume to another" },
  ],
  flags: [],
  arguments: { min: 1, max: 2 },
  wrongCallCode: 1,
  needsPrivilege: "where-possible",
  async run({ flags, store, terminal, signal }) {
    const [name, file = "-"] = flags.arguments as [string, string?];
    if (file !== "-" && !existsSync(file)) {
      throw new KasaneError("not-found", `cannot read ${file}: it does not exist`, {
        hint: "name a tar file, or - for standard input",
      });
    }
    const [{ importVolume }, { unpackOuter }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../../image/mod.ts"),
    ]);
    const tar = unpackOuter(file === "-" ? standardInput(signal) : fileBytes(file));
    await importVolume(await store(), name, tar, { signal, warn: (message) => warn(terminal, message) });
    return 0;
  },
} satisfies Command;
