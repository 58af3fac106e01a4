import type { Command } from "../command.ts";
import { eachContainer } from "../containers/each-container.ts";
import { stopTime, timeFlag } from "../containers/stop-time.ts";

export default {
  name: "restart",
  summary: "Stop containers and start them again",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "One that does not run is started.",
  examples: [
    { call: "restart web", what: "as stop and start" },
    { call: "restart -t 60 db", what: "gives it a minute" },
  ],
  flags: [timeFlag],
  arguments: { min: 1 },
  needsPrivilege: true,
  async joins(flags, store) {
    const { joinedNamespace } = await import("../containers/joined-namespace.ts");
    return joinedNamespace(store, { flags, isNew: false });
  },
  async run(context) {
    const { flags, store } = context;
    const [{ stopContainer }, { startInBackground }] = await Promise.all([
      import("../containers/stop-container.ts"),
      import("../containers/background.ts"),
    ]);
    const time = stopTime(flags);
    return eachContainer(context, async (container) => {
      await stopContainer(await store(), container, time);
      await startInBackground(context, container);
      return undefined;
    });
  },
} satisfies Command;
