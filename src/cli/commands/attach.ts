import type { Command } from "../command.ts";

export default {
  name: "attach",
  summary: "See a running container's output here, and type into it",
  usage: "[OPTIONS] CONTAINER",
  description:
    "Ends with the container, and with its exit code. Signals go to the container; the keys Ctrl-P Ctrl-Q leave it running.",
  examples: [
    { call: "attach shell", what: "a shell that was started with -dit" },
    { call: "attach --no-stdin web", what: "only its output" },
  ],
  flags: [
    { name: "no-stdin", type: "boolean", help: "Do not pass standard input on" },
    { name: "sig-proxy", type: "boolean", help: "Pass signals on (default true)" },
    {
      name: "detach-keys",
      type: "string",
      value: "KEYS",
      help: "Keys that leave it (default ctrl-p,ctrl-q)",
    },
  ],
  arguments: { min: 1, max: 1 },
  async run(context) {
    const { flags, store } = context;
    const { callSupervisor, containerDirectory, getContainer, runningState } = await import(
      "../../container/mod.ts"
    );
    const local = await store();
    const container = await getContainer(local, flags.arguments[0]!);
    runningState(container);
    const { writeWhole } = await import("../../sandbox/mod.ts");
    const directory = containerDirectory(local, container.id);
    const stdin = !flags.boolean("no-stdin") && (container.settings.openStdin ?? false);
    const [{ attachSession }, { parseDetachKeys }, { passSignalsTo }] = await Promise.all([
      import("../containers/attach-session.ts"),
      import("../containers/detach-keys.ts"),
      import("../containers/pass-signals.ts"),
    ]);
    const keys = parseDetachKeys(flags.string("detach-keys") ?? "ctrl-p,ctrl-q");
    const isProxy = flags.maybeBoolean("sig-proxy") ?? true;
    // Before anything is seen of it: whoever sends a signal then means the container.
    context.leaveSignals();
    const signals = isProxy ? passSignalsTo(directory) : undefined;
    const call = await callSupervisor(directory, { do: "attach", stdin }, async (stream, chunk) => {
      await writeWhole(stream === "stdout" ? 1 : 2, chunk);
    });
    const isTerminal = container.settings.terminal;
    const session = await attachSession({ call, stdin, isTerminal, keys });
    try {
      return await Promise.race([
        call.answered.then(({ exitCode }) => exitCode ?? 0),
        session.left.then(() => 0),
      ]);
    } finally {
      signals?.stop();
      await session.end();
    }
  },
} satisfies Command;
