import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { attachFlags, checkSignalsAreItsOwn } from "../containers/attach-flags.ts";
import { eachContainer } from "../containers/each-container.ts";
import { failureToRun } from "../containers/failure-to-run.ts";
import { warn } from "../messages/tell.ts";

export default {
  name: "start",
  summary: "Start containers that do not run",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "With what they wrote before. In the background, but for -a.",
  examples: [
    { call: "start web", what: "in the background" },
    { call: "start -ai shell", what: "with its input and output here, until it ends" },
  ],
  flags: [
    {
      name: "attach",
      short: "a",
      type: "boolean",
      help: "Show its output and pass signals on, until it ends",
    },
    { name: "interactive", short: "i", type: "boolean", help: "Give it the standard input" },
    ...attachFlags.filter(({ name }) => name !== "attach"),
  ],
  arguments: { min: 1 },
  needsPrivilege: true,
  async joins(flags, store) {
    const { joinedNamespace } = await import("../containers/joined-namespace.ts");
    return joinedNamespace(store, { flags, isNew: false });
  },
  async run(context) {
    const { flags, store, terminal } = context;
    checkSignalsAreItsOwn(flags);
    const { clearLostRuns } = await import("../../container/mod.ts");
    await clearLostRuns(await store());
    if (!flags.boolean("attach") && !flags.boolean("interactive")) {
      const { startInBackground } = await import("../containers/background.ts");
      return eachContainer(context, async (container) => {
        if (container.state.kind !== "running") await startInBackground(context, container);
        return undefined;
      });
    }
    if (flags.arguments.length > 1) {
      throw new KasaneError("usage", "only one container can be started with -a or -i", {
        hint: "start the others without it",
        data: { exitCode: 1 },
      });
    }
    const [{ createSandbox }, { getContainer, startContainer }] = await Promise.all([
      import("../../sandbox/create-sandbox.ts"),
      import("../../container/run.ts"),
    ]);
    const local = await store();
    const container = await getContainer(local, flags.arguments[0]!);
    const stdin = flags.boolean("interactive");
    const kind = container.settings.terminal ? "terminal" : "inherit";
    context.leaveSignals();
    try {
      const status = await startContainer(local, container, {
        stdio: (tee) => ({ kind, stdin, ...(tee ? { tee } : {}) }),
        sandbox: createSandbox({ onWarning: (message) => warn(terminal, message) }),
        onWarning: (message) => warn(terminal, message),
      });
      return status.code;
    } catch (error) {
      throw failureToRun(error);
    }
  },
} satisfies Command;
