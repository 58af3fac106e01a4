import { isKasaneError, KasaneError } from "../../lib/mod.ts";
import type { Stdio } from "../../sandbox/mod.ts";
import type { Command } from "../command.ts";
import type { ParsedFlags } from "../flags.ts";
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
    { call: "run --rm nginx:alpine cat /etc/nginx/nginx.conf", what: "one command" },
    { call: "run --rm -v ./src:/src -w /src node:20 npm test", what: "with a directory of this machine" },
  ],
  flags: [
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
    const [{ createSandbox }, { runContainer }] = await Promise.all([
      import("../../sandbox/mod.ts"),
      import("../../container/mod.ts"),
    ]);
    try {
      const store = await context.store();
      const options = await containerOptions(context, store);
      const stdio = stdioOf(flags, terminal.isInTty);
      context.leaveSignals();
      const status = await runContainer(store, {
        ...options,
        stdio,
        sandbox: createSandbox({ onWarning: (message) => warn(terminal, message) }),
        removeWhenDone: flags.boolean("rm"),
      });
      return status.code;
    } catch (error) {
      if (!isKasaneError(error) || error.data.exitCode !== undefined) throw error;
      // Docker's convention: whatever keeps the container from running is 125.
      throw new KasaneError(error.code, error.message, {
        cause: error,
        data: { ...error.data, exitCode: 125 },
        ...(error.hint && { hint: error.hint }),
      });
    }
  },
} satisfies Command;

function stdioOf(flags: ParsedFlags, isInTty: boolean): Stdio {
  const stdin = flags.boolean("interactive");
  if (!flags.boolean("tty")) return { kind: "inherit", stdin };
  if (stdin && !isInTty) {
    throw new KasaneError("usage", "the input device is not a TTY", {
      hint: "leave -t away",
      data: { exitCode: 1 },
    });
  }
  return { kind: "terminal", stdin };
}
