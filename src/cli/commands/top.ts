import { KasaneError } from "../../lib/mod.ts";
import type { Command } from "../command.ts";
import { formatTable } from "../text/table.ts";

export default {
  name: "top",
  summary: "Show the processes of a container",
  usage: "CONTAINER [PS OPTIONS...]",
  description: "As this machine's ps shows them, with its numbers; its options may follow (default -ef).",
  examples: [
    { call: "top web", what: "its processes" },
    { call: "top web -eo pid,rss,args", what: "with columns of ps" },
  ],
  flags: [],
  arguments: { min: 1 },
  stopAtFirstArgument: true,
  onlyReads: true,
  async run({ flags, store, terminal }) {
    const { getContainer, processesIn } = await import("../../container/mod.ts");
    const [name, ...options] = flags.arguments as [string, ...string[]];
    const pids = new Set(processesIn(await getContainer(await store(), name)).map(String));
    const [header = [], ...rows] = await processTable(options.length > 0 ? options : ["-ef"]);
    const column = header.indexOf("PID");
    if (column < 0) {
      throw new KasaneError("usage", "these options of ps show no PID", {
        hint: "add the column pid",
        data: { exitCode: 1 },
      });
    }
    terminal.out(formatTable([header, ...rows.filter((row) => pids.has(row[column]!))]));
    return 0;
  },
} satisfies Command;

/** What ps prints, in cells: the last column is whatever is left of a line. @throws KasaneError `usage`, `unsupported` */
async function processTable(options: readonly string[]): Promise<string[][]> {
  const ps = Bun.which("ps");
  if (ps === null) {
    throw new KasaneError("unsupported", "there is no ps on this machine", {
      hint: "install the package procps",
    });
  }
  const child = Bun.spawn([ps, ...options], { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) {
    throw new KasaneError("usage", `ps does not take these options: ${err.trim().split("\n")[0]}`, {
      hint: "see 'man ps'",
      data: { exitCode: 1 },
    });
  }
  const [head = "", ...lines] = out.trimEnd().split("\n");
  const header = head.trim().split(/\s+/);
  const row = new RegExp(`^\\s*${"(\\S+)\\s+".repeat(header.length - 1)}(.*)$`);
  return [header, ...lines.map((line) => row.exec(line)?.slice(1) ?? [])];
}
