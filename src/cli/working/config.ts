import type { ConfigChanges } from "../../working/mod.ts";
import type { Command } from "../command.ts";
import type { Flag, ParsedFlags } from "../flags.ts";
import { warn } from "../messages/tell.ts";
import { addHistoryFlag, historyTime } from "./add-history.ts";

/** One for each member of ConfigChanges. */
const configFlags: readonly Flag[] = [
  { name: "annotation", short: "a", type: "strings", value: "NAME=VALUE", help: "Annotation of the image" },
  { name: "arch", type: "string", value: "ARCH", help: "Architecture of the image" },
  { name: "author", type: "string", value: "TEXT", help: "Author of the image" },
  { name: "cmd", type: "string", value: "COMMAND", help: "Command, unless whoever runs it names one" },
  { name: "comment", type: "string", value: "TEXT", help: "Comment (docker format only)" },
  { name: "created-by", type: "string", value: "TEXT", help: "What made the layer, for the history" },
  { name: "domainname", type: "string", value: "NAME", help: "Domain name (docker format only)" },
  { name: "entrypoint", type: "string", value: "COMMAND", help: "Program that the command is given to" },
  {
    name: "env",
    short: "e",
    type: "strings",
    value: "NAME=VALUE",
    help: "Environment variable; without =VALUE, the caller's",
  },
  { name: "healthcheck", type: "string", value: "COMMAND", help: "Health check (docker format only)" },
  { name: "healthcheck-interval", type: "string", value: "TIME", help: "Time between two health checks" },
  { name: "healthcheck-retries", type: "number", value: "N", help: "Failures in a row that mean unhealthy" },
  {
    name: "healthcheck-start-period",
    type: "string",
    value: "TIME",
    help: "Time in which failures do not count",
  },
  { name: "healthcheck-timeout", type: "string", value: "TIME", help: "How long a health check may take" },
  { name: "history-comment", type: "string", value: "TEXT", help: "Comment in the history" },
  { name: "hostname", type: "string", value: "NAME", help: "Host name (docker format only)" },
  { name: "label", short: "l", type: "strings", value: "NAME=VALUE", help: "Label" },
  { name: "onbuild", type: "strings", value: "INSTRUCTION", help: "Trigger (docker format only)" },
  { name: "os", type: "string", value: "OS", help: "Operating system of the image" },
  { name: "os-feature", type: "strings", value: "NAME", help: "Feature of the system it needs" },
  { name: "os-version", type: "string", value: "VERSION", help: "Version of the system it needs" },
  { name: "port", short: "p", type: "strings", value: "PORT", help: "Port it listens on" },
  { name: "shell", type: "string", value: "COMMAND", help: "Shell (docker format only)" },
  { name: "stop-signal", type: "string", value: "SIGNAL", help: "Signal that ends it" },
  { name: "user", short: "u", type: "string", value: "USER[:GROUP]", help: "User it runs as" },
  { name: "variant", type: "string", value: "VARIANT", help: "Variant of the architecture" },
  { name: "volume", short: "v", type: "strings", value: "PATH", help: "Volume" },
  { name: "workingdir", type: "string", value: "DIR", help: "Directory it runs in" },
];

export default {
  name: "config",
  summary: "Change what the image of a working container will be",
  usage: "[OPTIONS] CONTAINER",
  description:
    "In lists (--env, --label, --annotation, --port, --volume, --os-feature) a name with - at its end takes an entry away. --cmd and --shell are words as a shell splits them, or a JSON list; --entrypoint is a JSON list, or a text for /bin/sh -c.",
  examples: [
    { call: "config --cmd 'python3 server.py' --port 5000 --workingdir /app build", what: "what will run" },
    { call: "config --entrypoint '[\"/app/server\"]' --user app build", what: "as a program, by a user" },
    { call: "config --env MODE=fast --env OLD- --label version=1.2 build", what: "set one, take one away" },
  ],
  flags: [...configFlags, addHistoryFlag],
  arguments: { min: 1, max: 1 },
  wrongCallCode: 125,
  async run(context) {
    const { flags, terminal, env } = context;
    const [{ getWorkingContainer, updateWorking }, { changeSettings }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../../working/mod.ts"),
    ]);
    const store = await context.store();
    const { id } = await getWorkingContainer(store, flags.arguments[0]!);
    const addHistory = historyTime(context);
    await updateWorking(store, id, (settings) =>
      changeSettings(settings, changesOf(flags), {
        environment: env,
        onWarning: (message) => warn(terminal, message),
        ...(addHistory !== undefined && { addHistory }),
      }),
    );
    return 0;
  },
} satisfies Command;

/** Each flag by its name in ConfigChanges. */
function changesOf(flags: ParsedFlags): ConfigChanges {
  const changes: Record<string, unknown> = {};
  for (const { name, type } of configFlags) {
    const key = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value =
      type === "strings" ? flags.strings(name) : type === "number" ? flags.number(name) : flags.string(name);
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) changes[key] = value;
  }
  return changes;
}
