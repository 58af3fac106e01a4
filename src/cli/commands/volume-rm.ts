import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { eachName } from "../each-name.ts";
import { usage } from "../flags.ts";

export default {
  name: "volume rm",
  summary: "Remove volumes and everything in them",
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  description: "One that a container has, running or not, cannot be removed.",
  examples: [
    { call: "volume rm data", what: "with all its files" },
    { call: "volume rm -f data cache", what: "no error for those that are not there" },
  ],
  flags: [
    { name: "force", short: "f", type: "boolean", help: "No error for volumes that are not there" },
    { name: "all", short: "a", type: "boolean", help: "Every volume, for podman's sake", hidden: true },
  ],
  arguments: { min: 0 },
  wrongCallCode: 1,
  needsPrivilege: "where-possible",
  async run({ flags, terminal, store }) {
    const [{ removeVolume }, { listVolumes }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../../store/mod.ts"),
    ]);
    const local = await store();
    const names = flags.boolean("all") ? listVolumes(local.root).map(({ name }) => name) : flags.arguments;
    if (names.length === 0 && !flags.boolean("all")) {
      const { message, hint } = usage('"kasane volume rm" requires at least 1 argument', "volume rm");
      throw new KasaneError("usage", message, { data: { exitCode: 1 }, ...(hint && { hint }) });
    }
    const isDone = await eachName(names, terminal, async (name) => {
      try {
        await removeVolume(local, name);
      } catch (error) {
        if (!flags.boolean("force") || !isKasaneError(error, "not-found")) throw error;
      }
      return name;
    });
    return isDone ? 0 : 1;
  },
} satisfies Command;
