import type { CreateOptions } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { callersStdio } from "../containers/callers-stdio.ts";
import { failureToRun } from "../containers/failure-to-run.ts";
import { warn } from "../messages/tell.ts";
import { containerFlags, containerOptions } from "../new-container.ts";

export default {
  name: "run",
  summary: "Run a command in a new container",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARGUMENTS...]",
  description:
    "Ends with the command's exit code; 125 where the container could not be made, 126 and 127 where the command cannot be run.",
  examples: [
    { call: "run --rm -it debian:bookworm-slim sh", what: "a shell in a container that goes when it ends" },
    {
      call: "run -d --name web --restart always nginx:alpine",
      what: "in the background; logs, exec and stop work on it",
    },
    { call: "run --rm nginx:alpine cat /etc/nginx/nginx.conf", what: "one command" },
    { call: "run --rm -v ./src:/src -w /src node:20 npm test", what: "with a directory of this machine" },
  ],
  flags: [
    { name: "detach", short: "d", type: "boolean", help: "Run in the background and print its ID" },
    { name: "rm", type: "boolean", help: "Remove the container when it ends" },
    { name: "interactive", short: "i", type: "boolean", help: "Keep standard input open" },
    { name: "tty", short: "t", type: "boolean", help: "Give it a terminal" },
    ...containerFlags,
  ],
  arguments: { min: 1 },
  stopAtFirstArgument: true,
  needsPrivilege: true,
  async run(context) {
    const { flags, terminal } = context;
    try {
      const store = await context.store();
      const options = {
        ...(await containerOptions(context, store)),
        removeWhenDone: flags.boolean("rm"),
      };
      if (flags.boolean("detach")) return await runDetached(context, options);
      if (options.restart && options.restart.name !== "no" && options.removeWhenDone) throw contradiction();
      const [{ createSandbox }, { runContainer }] = await Promise.all([
        import("../../sandbox/mod.ts"),
        import("../../container/mod.ts"),
      ]);
      const stdio = callersStdio(flags, terminal.isInTty);
      context.leaveSignals();
      const status = await runContainer(store, {
        ...options,
        stdio,
        sandbox: createSandbox({ onWarning: (message) => warn(terminal, message) }),
      });
      return status.code;
    } catch (error) {
      throw failureToRun(error);
    }
  },
} satisfies Command;

async function runDetached(context: CommandContext, options: CreateOptions): Promise<number> {
  if (options.restart && options.restart.name !== "no" && options.removeWhenDone) throw contradiction();
  const { createContainer } = await import("../../container/mod.ts");
  const { startInBackground } = await import("../containers/background.ts");
  const container = await createContainer(await context.store(), options);
  await startInBackground(context, container);
  context.terminal.out(`${container.id}\n`);
  return 0;
}

function contradiction(): KasaneError {
  return new KasaneError("usage", "--restart and --rm cannot be given together", {
    hint: "a container that goes when it ends cannot begin again",
    data: { exitCode: 125 },
  });
}
