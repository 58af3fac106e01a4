import type { Container } from "../../container/mod.ts";
import type { Command } from "../command.ts";
import { listFormat, wantsJson } from "../format-flag.ts";
import { ellipsis, formatTable } from "../table.ts";
import { humanAgo, humanDuration } from "../units.ts";

export default {
  name: "ps",
  summary: "List containers",
  usage: "[OPTIONS]",
  examples: [
    { call: "ps", what: "what is running" },
    { call: "ps -a", what: "and what has ended" },
  ],
  flags: [
    { name: "all", short: "a", type: "boolean", help: "Also containers that do not run" },
    { name: "quiet", short: "q", type: "boolean", help: "Only IDs" },
    { name: "no-trunc", type: "boolean", help: "Whole IDs and commands" },
    listFormat,
  ],
  arguments: { min: 0, max: 0 },
  onlyReads: true,
  async run({ flags, terminal, store }) {
    const { listContainers } = await import("../../container/mod.ts");
    const whole = flags.boolean("no-trunc");
    const containers = (await listContainers(await store())).filter(
      ({ state }) => flags.boolean("all") || state.kind === "running",
    );
    containers.sort((a, b) => b.createdAtMs - a.createdAtMs);
    const rows = containers.map((container) => containerRow(container, whole));
    if (flags.boolean("quiet")) for (const { ID } of rows) terminal.out(`${ID}\n`);
    else if (wantsJson(flags, "ps")) for (const each of rows) terminal.out(`${JSON.stringify(each)}\n`);
    else {
      terminal.out(
        formatTable([
          ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"],
          ...rows.map((each) => [
            each.ID,
            each.Image,
            each.Command,
            each.RunningFor,
            each.Status,
            "",
            each.Names,
          ]),
        ]),
      );
    }
    return 0;
  },
} satisfies Command;

/** What `ps` and `system df -v` tell of a container. */
export function containerRow({ id, name, settings, state, createdAtMs }: Container, whole: boolean) {
  const [program = "", ...args] = [...(settings.config.Entrypoint ?? []), ...(settings.config.Cmd ?? [])];
  const command = [program, ...args.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
  return {
    ID: whole ? id : id.slice(0, 12),
    Image: settings.image,
    Command: JSON.stringify(whole ? command : ellipsis(command, 20)),
    RunningFor: humanAgo(createdAtMs, Date.now()),
    Status: statusOf(state),
    Names: name,
  };
}

function statusOf(state: Container["state"]): string {
  const now = Date.now();
  if (state.kind === "created") return "Created";
  if (state.kind === "running") return `Up ${humanDuration(now - state.startedAtMs)}`;
  return `Exited (${state.exitCode ?? "unknown"}) ${humanAgo(state.finishedAtMs, now)}`;
}
