import type { Container, ExecOptions } from "../../container/mod.ts";
import type { Stdio } from "../../sandbox/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { callersStdio } from "../containers/callers-stdio.ts";
import { envFiles } from "../containers/environment.ts";
import { failureToEnter } from "../containers/failure-to-run.ts";
import { inUserNamespaceOf } from "../containers/in-user-namespace.ts";
import { warn } from "../messages/tell.ts";

export default {
  name: "exec",
  summary: "Run another command in a container that runs",
  usage: "[OPTIONS] CONTAINER COMMAND [ARGUMENTS...]",
  description:
    "With the container's environment, user and limits. Ends with the command's exit code; 126 and 127 where it cannot be run. It ends with the container.",
  examples: [
    { call: "exec -it web sh", what: "a shell in it" },
    { call: "exec web nginx -s reload", what: "one command" },
    { call: "exec -u root -w /etc web cat passwd", what: "as another user, elsewhere" },
  ],
  flags: [
    { name: "detach", short: "d", type: "boolean", help: "Do not wait for it" },
    { name: "privileged", type: "boolean", help: "All capabilities, no system call filter" },
    { name: "interactive", short: "i", type: "boolean", help: "Keep standard input open" },
    { name: "tty", short: "t", type: "boolean", help: "Give it a terminal" },
    {
      name: "detach-keys",
      type: "string",
      value: "KEYS",
      help: "For docker's sake: what runs in this call cannot be left",
      hidden: true,
    },
    { name: "env", short: "e", type: "strings", value: "NAME=VALUE", help: "Environment variable" },
    { name: "env-file", type: "strings", value: "FILE", help: "File of environment variables" },
    { name: "user", short: "u", type: "string", value: "USER[:GROUP]", help: "User, by name or number" },
    { name: "workdir", short: "w", type: "string", value: "DIR", help: "Working directory" },
  ],
  arguments: { min: 2 },
  stopAtFirstArgument: true,
  async run(context) {
    const { flags, store, terminal } = context;
    const { execInContainer, getContainer, programPidOf } = await import("../../container/mod.ts");
    const [name, ...command] = flags.arguments as [string, ...string[]];
    const container = await getContainer(await store(), name);
    programPidOf(container);
    const inner = await inUserNamespaceOf(container);
    if (inner !== undefined) return inner;
    const options = {
      command,
      env: await environment(context),
      isPrivileged: flags.boolean("privileged"),
      ...optional("user", flags.string("user")),
      ...optional("workdir", flags.string("workdir")),
    };
    try {
      if (flags.boolean("detach")) return await execApart(context, container, options);
      const stdio = callersStdio(flags, terminal.isInTty)();
      context.leaveSignals();
      return await execInContainer(container, {
        ...{ ...options, stdio },
        onWarning: (message) => warn(terminal, message),
      });
    } catch (error) {
      throw failureToEnter(error);
    }
  },
} satisfies Command;

/** Set in the environment of the process that goes on where `exec -d` has returned. */
const apart = "KASANE_EXEC_APART";

/** This very call again in a process that nobody waits for: returns when the program has begun. */
async function execApart(
  { env, terminal, flags }: CommandContext,
  container: Container,
  options: Omit<ExecOptions, "stdio">,
): Promise<number> {
  const { execInContainer, startApart, tellingBeginning } = await import("../../container/mod.ts");
  if (env[apart] === undefined) {
    const { ownCommand } = await import("../../sandbox/mod.ts");
    await startApart({
      command: [...ownCommand(), ...process.argv.slice(2)],
      env: { ...env, [apart]: "1" },
      errors: "ignore",
      onWarning: (message) => warn(terminal, message),
    });
    return 0;
  }
  return tellingBeginning(({ onBegun, onWarning }) => {
    const stdio: Stdio = flags.boolean("tty")
      ? { kind: "pty", size: { columns: 80, rows: 24 }, output: () => {}, onOpen: () => {} }
      : { kind: "pipe", output: () => {} };
    return execInContainer(container, { ...options, stdio, onWarning, onStarted: onBegun });
  });
}

async function environment(context: CommandContext): Promise<string[]> {
  const { parseEnv } = await import("../../container/mod.ts");
  return [...(await envFiles(context)), ...parseEnv(context.flags.strings("env"), context.env)];
}

function optional<Name extends string>(name: Name, value: string | undefined): { [key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: string };
}
