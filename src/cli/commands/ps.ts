import type { Container } from "../../container/mod.ts";
import type { LocalStore } from "../../store/mod.ts";
import type { Command } from "../command.ts";
import { stateOf } from "../containers/select-containers.ts";
import { shortImage, withShownImages } from "../containers/shown-image.ts";
import { filterFlag, parseFilters } from "../filters.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { ellipsis } from "../text/ellipsis.ts";
import { goTime } from "../text/go-time.ts";
import { humanAgo, humanDuration, humanSize } from "../text/units.ts";

export default {
  name: "ps",
  summary: "List containers",
  usage: "[OPTIONS]",
  description: "Working containers, which 'from' makes, are listed by 'containers'.",
  examples: [
    { call: "ps", what: "what is running" },
    { call: "ps -a", what: "and what has ended" },
    {
      call: "ps -a --format 'table {{.Names}}\\t{{.Status}}\\t{{.Label \"version\"}}'",
      what: "columns of one's own",
    },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Also containers that do not run" },
    { name: "quiet", short: "q", type: "boolean", help: "Only IDs" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs and commands" },
    { ...filterFlag, help: "Only what matches, for example status=exited or label=KEY" },
    {
      name: "last",
      short: "n",
      type: "number",
      value: "N",
      help: "Only the last N that were created, in any state",
    },
    { name: "latest", short: "l", type: "boolean", help: "Only the last that was created, in any state" },
    { name: "size", short: "s", type: "boolean", help: "Show what they have written, and with their images" },
    rowFormatFlag,
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const [{ isWorking, listContainers, portsText }, { asksForEnded, containerFilters, selectContainers }] =
      await Promise.all([import("../../container/mod.ts"), import("../containers/select-containers.ts")]);
    const filters = parseFilters(flags.strings("filter"), containerFilters, "ps");
    const last = flags.boolean("latest") ? 1 : (flags.number("last") ?? -1);
    const isWhole = flags.boolean("all") || last > 0 || asksForEnded(filters);
    const local = await store();
    const listed = (await listContainers(local))
      .filter((one) => !isWorking(one))
      .sort((a, b) => b.createdAtMs - a.createdAtMs);
    const matching = await selectContainers(
      local,
      listed.filter(({ state }) => isWhole || state.kind === "running"),
      filters,
    );
    const containers = await withShownImages(local, last > 0 ? matching.slice(0, last) : matching);
    const format = flags.string("format");
    const withSize = flags.boolean("size") || /\.Size\b/.test(format ?? "");
    const sizes = withSize ? await sizeTexts(local, containers) : new Map<string, string>();
    const rows = containerFormat(flags.boolean("no-trunc"), { sizes, portsText });
    const table = flags.boolean("size") ? `${rows.table}\t{{.Size}}` : rows.table;
    writeRows(terminal, containers, { ...rows, table }, { format, isQuiet: flags.boolean("quiet") });
    return 0;
  },
} satisfies Command;

async function sizeTexts(store: LocalStore, containers: readonly Container[]): Promise<Map<string, string>> {
  const { containerSizes } = await import("../../container/mod.ts");
  return new Map(
    await Promise.all(
      containers.map(async (container) => {
        const { written, all } = await containerSizes(store, container);
        return [container.id, `${humanSize(written, 3)} (virtual ${humanSize(all, 3)})`] as const;
      }),
    ),
  );
}

function containerFormat(
  whole: boolean,
  { sizes, portsText }: { sizes: ReadonlyMap<string, string>; portsText: (container: Container) => string },
): RowFormat<Container> {
  const from = (name: keyof ReturnType<typeof containerRow>) => (container: Container) =>
    containerRow(container, whole)[name];
  return {
    typeName: "*formatter.ContainerContext",
    table: "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}",
    quiet: "{{.ID}}",
    fields: {
      ID: { header: "CONTAINER ID", value: from("ID") },
      Image: { header: "IMAGE", value: from("Image") },
      Command: { header: "COMMAND", value: from("Command") },
      CreatedAt: { header: "CREATED AT", value: ({ createdAtMs }) => goTime(createdAtMs) },
      RunningFor: { header: "CREATED", value: from("RunningFor") },
      Ports: { header: "PORTS", value: portsText },
      State: { header: "STATE", value: stateOf },
      Size: { header: "SIZE", value: ({ id }) => sizes.get(id) ?? "" },
      Status: { header: "STATUS", value: from("Status") },
      Names: { header: "NAMES", value: from("Names") },
      Labels: {
        header: "LABELS",
        value: (container) =>
          Object.entries(labelsOf(container))
            .map(([name, value]) => `${name}=${value}`)
            .join(","),
      },
      Label: { takesArgument: true, value: (container, name) => labelOf(container, name!) },
      Mounts: { header: "MOUNTS", value: (container) => mountNames(container, whole) },
      LocalVolumes: { header: "LOCAL VOLUMES", value: (container) => String(localVolumes(container)) },
      Networks: { header: "NETWORKS", value: networksText },
    },
  };
}

function networksText({ settings }: Container): string {
  const names = (settings.connection?.memberships ?? []).map(({ network }) => network);
  return [...new Set(names.includes(settings.network) ? names : [settings.network, ...names])].join(",");
}

/** Empty where there is none; names are the image author's. */
function labelOf(container: Container, name: string): string {
  const labels = labelsOf(container);
  return Object.hasOwn(labels, name) ? labels[name]! : "";
}

function labelsOf({ settings }: Container): Readonly<Record<string, string>> {
  return settings.config.Labels ?? {};
}

/** Docker's, by name: an anonymous volume's is long. */
export function mountNames({ settings }: Container, whole: boolean): string {
  return settings.mounts
    .filter((mount) => mount.kind !== "tmpfs" || !mount.isSetting)
    .map((mount) =>
      mount.kind === "volume" ? mount.name : mount.kind === "bind" ? mount.source : mount.target,
    )
    .map((name) => (whole ? name : ellipsis(name, 15)))
    .sort()
    .join(",");
}

export function localVolumes({ settings }: Container): number {
  return settings.mounts.filter(({ kind }) => kind === "volume").length;
}

/** What `ps` and `system df -v` tell of a container. */
export function containerRow({ id, name, settings, state, createdAtMs }: Container, whole: boolean) {
  const [program = "", ...args] = [...(settings.config.Entrypoint ?? []), ...(settings.config.Cmd ?? [])];
  const command = [program, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
  return {
    ID: whole ? id : id.slice(0, 12),
    Image: whole ? settings.image : shortImage(settings),
    Command: JSON.stringify(whole ? command : ellipsis(command, 20)),
    RunningFor: humanAgo(createdAtMs, Date.now()),
    Status: statusOf(state),
    Names: name,
  };
}

function conditionOf({ isPaused, health }: Extract<Container["state"], { kind: "running" }>): string {
  if (isPaused) return " (Paused)";
  if (health === undefined) return "";
  return health.status === "starting" ? " (health: starting)" : ` (${health.status})`;
}

function statusOf(state: Container["state"]): string {
  const now = Date.now();
  if (state.kind === "created") return "Created";
  if (state.kind === "running" && state.restartingAfter !== undefined) {
    return `Restarting (${state.restartingAfter}) ${humanAgo(state.startedAtMs, now)}`;
  }
  if (state.kind === "running") return `Up ${humanDuration(now - state.startedAtMs)}${conditionOf(state)}`;
  return `Exited (${state.exitCode ?? "unknown"}) ${humanAgo(state.finishedAtMs, now)}`;
}
