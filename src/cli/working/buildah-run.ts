import { resolve } from "node:path";
import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { deviceFlag, specDirectoryFlag } from "../containers/isolation-flags.ts";
import type { Flag, ParsedFlags } from "../flags.ts";
import { addHistoryFlag, historyTime } from "./add-history.ts";
import { runWorkingCommand } from "./run-working-command.ts";

/** What says how the runtime isolates a command: Kasane has one way. */
const unused: readonly Flag[] = [
  ...["cap-add", "cap-drop", "cgroupns", "contextdir", "ipc", "isolation", "pid", "runtime", "runtime-flag"],
  ...["uts", "cni-config-dir", "cni-plugin-path"],
].map((name) => ({
  name,
  type: "strings",
  value: "VALUE",
  help: "No effect, for buildah's sake",
  hidden: true,
}));

export default {
  name: "buildah run",
  summary: "Run a command in a working container",
  usage: "[OPTIONS] CONTAINER [--] COMMAND [ARGUMENTS...]",
  description:
    "As the container's user, in its directory, with its environment; its entrypoint has no part in it. What the command changes stays in the container. Ends with the command's exit code.",
  examples: [
    { call: "buildah run build -- apt-get install -y curl", what: "a program of the container" },
    {
      call: "buildah run --user app -v ./cache:/cache build make",
      what: "as a user, with a directory of this machine",
    },
  ],
  flags: [
    {
      name: "env",
      short: "e",
      type: "strings",
      value: "NAME=VALUE",
      help: "Environment variable for this command",
    },
    { name: "hostname", type: "string", value: "NAME", help: "Host name (default: the container's id)" },
    { name: "network", type: "string", value: "MODE", help: "host (default) or none" },
    { name: "net", type: "string", value: "MODE", help: "As --network", hidden: true },
    { name: "terminal", short: "t", type: "boolean", help: "Give it a terminal" },
    { name: "tty", type: "boolean", help: "As --terminal", hidden: true },
    { name: "user", type: "string", value: "USER[:GROUP]", help: "User, by name or number" },
    {
      name: "volume",
      short: "v",
      type: "strings",
      value: "SOURCE:TARGET[:ro]",
      help: "Directory or file of this machine",
    },
    {
      name: "mount",
      type: "strings",
      value: "type=TYPE,...",
      help: "A bind or tmpfs mount, as docker writes it",
    },
    deviceFlag,
    specDirectoryFlag,
    { name: "workingdir", type: "string", value: "DIR", help: "Directory to run in" },
    addHistoryFlag,
    { name: "no-hosts", type: "boolean", help: "No effect, for buildah's sake", hidden: true },
    { name: "no-pivot", type: "boolean", help: "No effect, for buildah's sake", hidden: true },
    ...unused,
  ],
  arguments: { min: 1 },
  wrongCallCode: 125,
  stopAtFirstArgument: true,
  needsPrivilege: true,
  async run(context) {
    const { flags } = context;
    const { getWorkingContainer } = await import("../../container/mod.ts");
    const store = await context.store();
    const [name, ...rest] = flags.arguments as [string, ...string[]];
    const container = await getWorkingContainer(store, name);
    return runWorkingCommand(context, store, container, {
      argv: rest[0] === "--" ? rest.slice(1) : rest,
      env: flags.strings("env"),
      volumes: flags.strings("volume"),
      mounts: flags.strings("mount").map(mountOf),
      terminal: flags.boolean("terminal") || flags.boolean("tty"),
      user: flags.string("user"),
      devices: flags.strings("device"),
      cdiSpecDirs: flags.strings("cdi-spec-dir"),
      workdir: flags.string("workingdir"),
      hostname: flags.string("hostname"),
      network: networkOf(flags),
      addHistory: historyTime(context),
    });
  },
} satisfies Command;

function networkOf(flags: ParsedFlags): string {
  const network = flags.string("network") ?? flags.string("net") ?? "host";
  // A network of its own with a way out is what buildah means by these; the host's has one, too.
  if (["host", "none", "private", ""].includes(network)) return network === "none" ? "none" : "host";
  throw new KasaneError("usage", `unknown network ${JSON.stringify(network)}: host or none`);
}

/** `type=bind,source=…,target=…[,ro]` and `type=tmpfs,target=…`. */
function mountOf(text: string) {
  const fields = new Map(
    text.split(",").map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? [part, "true"] : [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  const of = (...names: string[]) =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined);
  const target = of("target", "destination", "dst");
  const source = of("source", "src");
  const type = of("type") ?? "bind";
  if (target?.startsWith("/") && type === "tmpfs") return { kind: "tmpfs", target } as const;
  if (target?.startsWith("/") && type === "bind" && source !== undefined) {
    const readOnly = (of("ro", "readonly") ?? "false") === "true" && of("rw") === undefined;
    return { kind: "bind", source: resolve(source), target, readOnly } as const;
  }
  throw new KasaneError("usage", `invalid mount ${JSON.stringify(text)}`, {
    hint: "type=bind,source=PATH,target=PATH[,ro] and type=tmpfs,target=PATH can be mounted",
    data: { exitCode: 125 },
  });
}
