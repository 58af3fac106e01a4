import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";

export default {
  name: "volume create",
  summary: "Make a volume",
  usage: "[OPTIONS] [VOLUME]",
  description:
    "Prints its name; without one it gets a random name. A volume of that name that is there already stays as it is. Containers get it with -v VOLUME:/PATH.",
  examples: [
    { call: "volume create data", what: "files that live longer than containers" },
    { call: "volume create --label project=web data", what: "with a label, to find it by" },
    {
      call: "volume create --opt type=none --opt o=bind --opt device=/srv/data data",
      what: "a directory of this machine under a name",
    },
  ],
  flags: [
    { name: "driver", short: "d", type: "string", value: "DRIVER", help: "local (default), the only one" },
    { name: "label", short: "l", type: "strings", value: "NAME=VALUE", help: "Label of the volume" },
    { name: "opt", short: "o", type: "strings", value: "NAME=VALUE", help: "Option of the driver" },
    { name: "name", type: "string", value: "NAME", help: "As the argument", hidden: true },
    { name: "ignore", type: "boolean", help: "No effect, for podman's sake", hidden: true },
  ],
  arguments: { min: 0, max: 1 },
  wrongCallCode: 1,
  async run({ flags, terminal, store }) {
    const { createVolume } = await import("../../container/mod.ts");
    const name = flags.arguments[0] ?? flags.string("name");
    const driver = flags.string("driver");
    if (driver !== undefined && driver !== "local") {
      throw new KasaneError(
        "usage",
        `create ${name ?? ""}: error looking up volume plugin ${driver}: plugin ${JSON.stringify(driver)} not found`,
        { hint: "the only driver is local", data: { exitCode: 1 } },
      );
    }
    const made = createVolume(await store(), {
      ...(name ? { name } : {}),
      labels: pairsOf(flags.strings("label")),
      options: pairsOf(flags.strings("opt")),
      isAnonymous: !name,
    });
    // A wrong name is 125 where a container is made, and 1 here.
    const volume = await made.catch((error: unknown) => {
      if (!isKasaneError(error, "usage")) throw error;
      const { code, message, hint } = error;
      throw new KasaneError(code, message, { data: { exitCode: 1 }, ...(hint && { hint }) });
    });
    terminal.out(`${volume.name}\n`);
    return 0;
  },
} satisfies Command;

function pairsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [key = "", value = ""] = text.split(/=(.*)/s);
      return [key, value];
    }),
  );
}
