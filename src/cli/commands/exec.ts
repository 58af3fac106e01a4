import { KasaneError } from "../../lib/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { callersStdio } from "../containers/callers-stdio.ts";
import { failureToRun } from "../containers/failure-to-run.ts";
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
    { name: "interactive", short: "i", type: "boolean", help: "Keep standard input open" },
    { name: "tty", short: "t", type: "boolean", help: "Give it a terminal" },
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
    if (flags.boolean("detach")) return startApart();
    const stdio = callersStdio(flags, terminal.isInTty)();
    context.leaveSignals();
    try {
      return await execInContainer(container, {
        command,
        stdio,
        env: await environment(context),
        onWarning: (message) => warn(terminal, message),
        ...optional("user", flags.string("user")),
        ...optional("workdir", flags.string("workdir")),
      });
    } catch (error) {
      throw failureToRun(error);
    }
  },
} satisfies Command;

async function environment({ flags, env }: CommandContext): Promise<string[]> {
  const { parseEnv, parseEnvFile } = await import("../../container/mod.ts");
  const files = await Promise.all(
    flags.strings("env-file").map(async (file) => parseEnvFile(await Bun.file(file).text(), env, file)),
  );
  return [...files.flat(), ...parseEnv(flags.strings("env"), env)];
}

/** The same call without -d, in a process that nobody waits for. */
async function startApart(): Promise<number> {
  const { ownCommand } = await import("../../sandbox/mod.ts");
  const argv = process.argv.slice(2);
  const detach = argv.findIndex((word) => /^(--detach(=.*)?|-[a-z]*d[a-z]*)$/.test(word));
  if (detach < 0) throw new KasaneError("usage", "write -d before the container's name");
  const word = argv[detach]!;
  const rest = word.startsWith("--") ? "" : word.replace("d", "");
  argv.splice(detach, 1, ...(rest.length > 1 ? [rest] : []));
  Bun.spawn([...ownCommand(), ...argv], {
    stdio: ["ignore", "ignore", "ignore"],
    detached: true,
  }).unref();
  return 0;
}

function optional<Name extends string>(name: Name, value: string | undefined): { [key in Name]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: string };
}
