import type { LogEntry } from "../../container/mod.ts";
import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { timeFlag } from "../filters.ts";

export default {
  name: "logs",
  summary: "Show what a container has written",
  usage: "[OPTIONS] CONTAINER",
  description:
    "Its standard output to standard output, its standard error to standard error. The newest 30 MB are kept; of a container that runs with 'run --rm' in the foreground, nothing.",
  examples: [
    { call: "logs web", what: "everything that is kept" },
    { call: "logs -f --tail 20 web", what: "the last lines, and what comes" },
    { call: "logs --since 10m -t web", what: "of the last ten minutes, with times" },
  ],
  flags: [
    { name: "follow", short: "f", type: "boolean", help: "Go on until the container ends" },
    { name: "tail", short: "n", type: "string", value: "N", help: "Only the last N lines (default all)" },
    {
      name: "since",
      type: "string",
      value: "TIME",
      help: "Only what came after this time, or as long ago (42m)",
    },
    { name: "until", type: "string", value: "TIME", help: "Only what came before this time, or as long ago" },
    { name: "timestamps", short: "t", type: "boolean", help: "Show times" },
    { name: "details", type: "boolean", help: "No effect, for docker's sake", hidden: true },
  ],
  arguments: { min: 1, max: 1 },
  onlyReads: true,
  async run({ flags, store, signal }) {
    const [{ containerDirectory, findContainer, getContainer, readLog }, { writeWhole }] = await Promise.all([
      import("../../container/mod.ts"),
      import("../../sandbox/mod.ts"),
    ]);
    const local = await store();
    const container = await getContainer(local, flags.arguments[0]!);
    if (container.settings.log?.driver === "none") {
      throw new KasaneError("unsupported", "configured logging driver does not support reading", {
        hint: `container ${container.name} was made with --log-driver none: nothing of its output is kept`,
        data: { exitCode: 1 },
      });
    }
    const tail = tailOf(flags.string("tail"));
    const [since, until] = (["since", "until"] as const).map((name) =>
      timeFlag(name, flags.string(name), Date.now()),
    );
    const entries = readLog(containerDirectory(local, container.id), {
      ...(tail === undefined ? {} : { tail }),
      ...(since === undefined ? {} : { sinceMs: since }),
      ...(until === undefined ? {} : { untilMs: until }),
      ...(flags.boolean("follow")
        ? { follow: async () => (await findContainer(local, container.id))?.state.kind === "running" }
        : {}),
      signal,
    });
    const withTime = flags.boolean("timestamps");
    for await (const entry of entries) {
      const isRead = await writeWhole(
        entry.stream === "stdout" ? 1 : 2,
        Buffer.from(textOf(entry, withTime)),
      );
      if (!isRead) break;
    }
    return 0;
  },
} satisfies Command;

function textOf({ log, time }: LogEntry, withTime: boolean): string {
  return withTime ? `${time} ${log}` : log;
}

function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "all") return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  // As docker has it: what is less than nothing is all.
  if (/^-\d+$/.test(text)) return undefined;
  throw new KasaneError("usage", `invalid number of lines: ${JSON.stringify(text)}`, {
    hint: "a number, or all",
    data: { exitCode: 1 },
  });
}
