import type { Container, ContainerUsage } from "../../container/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { binarySize, humanSize } from "../text/units.ts";

export default {
  name: "stats",
  summary: "Show what containers take",
  usage: "[OPTIONS] [CONTAINER...]",
  description: "Of those that run, or of those that are named, every second until it is interrupted.",
  examples: [
    { call: "stats", what: "every second" },
    { call: "stats --no-stream web", what: "once" },
    { call: "stats --no-stream --format '{{.Name}} {{.MemUsage}}'", what: "for scripts" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Also containers that do not run" },
    { name: "no-stream", type: "boolean", help: "Once" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs" },
    rowFormatFlag,
  ],
  arguments: { min: 0 },
  onlyReads: true,
  async run(context) {
    const { flags, terminal, signal } = context;
    const store = await context.store();
    const isStream = !flags.boolean("no-stream");
    let former = new Map<string, ContainerUsage>();
    for (let round = 0; !signal.aborted; round++) {
      const { containerUsage } = await import("../../container/mod.ts");
      const containers = await chosen(context, store);
      const usage = new Map(containers.map((container) => [container.id, containerUsage(container)]));
      if (round > 0 || containers.length === 0) {
        if (isStream && terminal.isOutTty) terminal.out("\x1b[2J\x1b[H");
        const rows = await Promise.all(
          containers.map((one) => rowOf(one, former.get(one.id), usage.get(one.id)!)),
        );
        writeRows(terminal, rows, usageFormat(flags.boolean("no-trunc")), { format: flags.string("format") });
        if (!isStream) return 0;
      }
      former = usage;
      await pause(signal);
    }
    return 0;
  },
} satisfies Command;

const intervalMs = 1000;

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, intervalMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function chosen({ flags }: CommandContext, store: LocalStore): Promise<Container[]> {
  const { getContainer, isWorking, listContainers } = await import("../../container/mod.ts");
  if (flags.arguments.length > 0)
    return Promise.all(flags.arguments.map((name) => getContainer(store, name)));
  return (await listContainers(store))
    .filter((one) => !isWorking(one) && (flags.boolean("all") || one.state.kind === "running"))
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
}

interface UsageRow {
  readonly container: Container;
  readonly cpuPercent: number;
  readonly memoryLimitBytes: number;
  readonly usage: ContainerUsage;
}

async function rowOf(
  container: Container,
  before: ContainerUsage | undefined,
  usage: ContainerUsage,
): Promise<UsageRow> {
  const { machineMemoryBytes, processorPercent } = await import("../../container/mod.ts");
  const isRunning = container.state.kind === "running";
  return {
    container,
    usage,
    cpuPercent: before === undefined ? 0 : processorPercent(before, usage),
    memoryLimitBytes: isRunning ? (usage.memoryLimitBytes ?? machineMemoryBytes()) : 0,
  };
}

function usageFormat(isWhole: boolean): RowFormat<UsageRow> {
  const idOf = ({ container: { id } }: UsageRow) => (isWhole ? id : id.slice(0, 12));
  const decimal = (bytes: number | undefined) => humanSize(bytes ?? 0, 3);
  const percent = (part: number) => `${part.toFixed(2)}%`;
  return {
    typeName: "*container.statsContext",
    table:
      "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
    fields: {
      BlockIO: {
        header: "BLOCK I/O",
        value: ({ usage }) => `${decimal(usage.blockReadBytes)} / ${decimal(usage.blockWriteBytes)}`,
      },
      CPUPerc: { header: "CPU %", value: ({ cpuPercent }) => percent(cpuPercent) },
      Container: { header: "CONTAINER", value: idOf },
      ID: { header: "CONTAINER ID", value: idOf },
      MemPerc: {
        header: "MEM %",
        value: ({ usage: { memoryBytes = 0 }, memoryLimitBytes }) =>
          percent(memoryLimitBytes === 0 ? 0 : (memoryBytes / memoryLimitBytes) * 100),
      },
      MemUsage: {
        header: "MEM USAGE / LIMIT",
        value: ({ usage, memoryLimitBytes }) =>
          `${binarySize(usage.memoryBytes ?? 0)} / ${binarySize(memoryLimitBytes)}`,
      },
      Name: { header: "NAME", value: ({ container }) => container.name },
      NetIO: {
        header: "NET I/O",
        value: ({ usage }) => `${decimal(usage.networkReceivedBytes)} / ${decimal(usage.networkSentBytes)}`,
      },
      PIDs: { header: "PIDS", value: ({ usage }) => String(usage.pids ?? 0) },
    },
  };
}
