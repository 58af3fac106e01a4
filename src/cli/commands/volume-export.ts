import type { Command } from "../command.ts";
import { archiveOutput, outputFlag } from "../images/archive-output.ts";

export default {
  name: "volume export",
  summary: "Write what is in a volume as a tar",
  usage: "[OPTIONS] VOLUME",
  description: "Also while containers use it: what they write meanwhile may be in it or not.",
  examples: [
    { call: "volume export -o data.tar data", what: "a copy to keep" },
    { call: "volume export data | tar t", what: "what is in it" },
  ],
  flags: [outputFlag],
  arguments: { min: 1, max: 1 },
  wrongCallCode: 1,
  needsPrivilege: "where-possible",
  async run(context) {
    const write = archiveOutput(context);
    const { exportVolume } = await import("../../container/mod.ts");
    await exportVolume(await context.store(), context.flags.arguments[0]!, write);
    return 0;
  },
} satisfies Command;
