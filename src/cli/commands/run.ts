import type { CreateOptions, WorkingContainer } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { attachedStreams, attachFlags } from "../containers/attach-flags.ts";
import { callersStdio } from "../containers/callers-stdio.ts";
import { envFiles } from "../containers/environment.ts";
import { failureToRun } from "../containers/failure-to-run.ts";
import { containerFlags, containerOptions } from "../containers/new-container.ts";
import { startAhead } from "../containers/start-ahead.ts";
import { warn } from "../messages/tell.ts";
import { grammar } from "../tools/tool.ts";

export default {
  name: "run",
  summary: "Run a command in a new container",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARGUMENTS...]",
  description:
    "Ends with the command's exit code; 125 where the container could not be made, 126 and 127 where the command cannot be run. Where IMAGE is the name or ID of a working container (made by 'from'), the command runs in that one: see 'kasane buildah run'.",
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
    ...attachFlags,
    ...containerFlags,
  ],
  arguments: { min: 1 },
  stopAtFirstArgument: true,
  needsPrivilege: true,
  async joins(flags, store) {
    const { joinedNamespace } = await import("../containers/joined-namespace.ts");
    return joinedNamespace(store, { flags, isNew: true });
  },
  async run(context) {
    const { flags, terminal } = context;
    const attached = attachedStreams(flags);
    const isSilent = attached !== undefined && !attached.has("stdout") && !attached.has("stderr");
    const prepared = flags.boolean("detach") ? undefined : await startAhead(flags);
    try {
      const store = await context.store();
      const working = await workingNamed(store, flags.arguments[0]!);
      if (working) return await runInNamed(context, store, working);
      const options = {
        ...(await containerOptions(context, store)),
        removeWhenDone: flags.boolean("rm"),
      };
      if (flags.boolean("detach")) return await runDetached(context, options);
      if (options.restart && options.restart.name !== "no" && options.removeWhenDone) throw contradiction();
      const [{ createSandbox }, { runContainer }] = await Promise.all([
        import("../../sandbox/create-sandbox.ts"),
        import("../../container/run.ts"),
      ]);
      const stdio = callersStdio(flags, terminal.isInTty, attached);
      context.leaveSignals();
      const status = await runContainer(store, {
        ...options,
        stdio,
        prepared,
        // As docker does where nothing else would be seen of it.
        ...(isSilent && { onCreated: ({ id }) => terminal.out(`${id}\n`) }),
        sandbox: createSandbox({ onWarning: (message) => warn(terminal, message) }),
        onWarning: (message) => warn(terminal, message),
      });
      return status.code;
    } catch (error) {
      throw failureToRun(error);
    } finally {
      await prepared?.dispose();
    }
  },
} satisfies Command;

async function runDetached(context: CommandContext, options: CreateOptions): Promise<number> {
  if (options.restart && options.restart.name !== "no" && options.removeWhenDone) throw contradiction();
  const { createContainer } = await import("../../container/run.ts");
  const { startInBackground } = await import("../containers/background.ts");
  const container = await createContainer(await context.store(), { ...options, detached: true });
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

/** Only by its whole name or ID: the beginning of an ID may be that of an image. */
async function workingNamed(store: LocalStore, text: string): Promise<WorkingContainer | undefined> {
  if (grammar() !== "kasane") return undefined;
  const record = await store.meta.containers.get(text).catch(() => undefined);
  if (record === undefined || (record.name !== text && record.id !== text)) return undefined;
  const { getContainer, isWorking } = await import("../../container/mod.ts");
  const container = await getContainer(store, text);
  return isWorking(container) ? container : undefined;
}

const newOnly = ["name", "entrypoint", "platform", "pull", "restart", "detach", "rm", "read-only"];

async function runInNamed(
  context: CommandContext,
  store: LocalStore,
  container: WorkingContainer,
): Promise<number> {
  const { flags } = context;
  const wrong = newOnly.find((name) => flags.boolean(name) || flags.string(name) !== undefined);
  if (wrong !== undefined) {
    throw new KasaneError("usage", `--${wrong} is for new containers`, {
      hint: `${container.name} is a working container; an image of that name is meant by ${container.name}:TAG`,
    });
  }
  const { runWorkingCommand } = await import("../working/run-working-command.ts");
  const [, ...rest] = flags.arguments;
  return runWorkingCommand(context, store, container, {
    argv: rest[0] === "--" ? rest.slice(1) : rest,
    env: [...(await envFiles(context)), ...flags.strings("env")],
    volumes: flags.strings("volume"),
    terminal: flags.boolean("tty"),
    user: flags.string("user"),
    workdir: flags.string("workdir"),
    hostname: flags.string("hostname"),
    network: flags.string("network"),
  });
}
