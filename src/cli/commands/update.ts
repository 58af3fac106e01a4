import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { eachContainer } from "../containers/each-container.ts";
import { resourceFlags, resourceOptions } from "../containers/isolation-flags.ts";
import { warn } from "../messages/tell.ts";

export default {
  name: "update",
  summary: "Change what containers may take",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "Of containers that run, at once; of others, when they start. What is not named stays.",
  examples: [
    { call: "update --memory 512m --cpus 1 web", what: "other limits" },
    { call: "update --restart unless-stopped web", what: "another restart policy" },
  ],
  flags: [
    ...resourceFlags,
    {
      name: "restart",
      type: "string",
      value: "POLICY",
      help: "no, on-failure[:COUNT], always or unless-stopped",
    },
  ],
  arguments: { min: 1 },
  async run(context) {
    const { flags, terminal } = context;
    const { parseRestartPolicy, updateLimits } = await import("../../container/mod.ts");
    const resources = await resourceOptions(flags);
    const restart = flags.string("restart");
    if (Object.keys(resources).length === 0 && restart === undefined) {
      throw new KasaneError("usage", "you must provide one or more flags when using this command", {
        hint: "for example --memory 512m: see 'kasane update --help'",
        data: { exitCode: 1 },
      });
    }
    const store = await context.store();
    return eachContainer(context, async (container) => {
      await updateLimits(store, container, {
        resources,
        ...(restart !== undefined && { restart: parseRestartPolicy(restart) }),
        onWarning: (message) => warn(terminal, message),
      });
      return undefined;
    });
  },
} satisfies Command;
