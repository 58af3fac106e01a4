import type { RobotAccount, RobotWithSecret } from "../../access/mod.ts";
import { parseDuration } from "../../lib/mod.ts";
import type { RobotTable } from "../../meta/mod.ts";
import type { Command, CommandContext } from "../command.ts";
import { usage } from "../flags.ts";
import { checkObjectFormat, formatObject } from "../format/object-format.ts";
import { type RowFormat, rowFormatFlag, writeRows } from "../format/row-format.ts";
import { tell } from "../messages/tell.ts";
import { humanAgo, humanDuration } from "../text/units.ts";

const name = "registry robot";

interface Call extends CommandContext {
  readonly robots: RobotTable;
  readonly robotNames: readonly string[];
}

const verbs: Readonly<Record<string, (call: Call) => Promise<void>>> = {
  create,
  ls: list,
  rotate,
  disable: (call) => setDisabled(call, Date.now()),
  enable: (call) => setDisabled(call, null),
  rm: remove,
};

export default {
  name,
  summary: "Accounts for programs that use the registry",
  usage: "create|rotate|disable|enable|rm NAME | ls",
  description:
    "A robot logs in as robot+NAME with a secret that is shown once, at create and at rotate. All changes hold at once in every server on the store. Where a configuration has access rules or users, robots need kasane.access.robots.",
  examples: [
    {
      call: "registry robot create ci --allow 'team/**:pull,push' --expires 30d",
      what: "an account for a build; the secret is the only thing on standard output",
    },
    { call: "registry robot rotate ci --expires 30d", what: "another secret for another 30 days" },
    { call: "registry robot ls", what: "who there is, and when each was last seen" },
    { call: "registry robot disable ci", what: "keep it out, until `enable`" },
    { call: "registry robot rm ci", what: "remove it" },
  ],
  flags: [
    {
      name: "allow",
      type: "strings",
      value: "PATTERN:ACTIONS",
      help: "What it may do: pull, push (clients need pull as well), delete in repositories like PATTERN (create)",
    },
    {
      name: "expires",
      type: "string",
      value: "DURATION",
      help: "When its secret ends: 12h, 30d (create, rotate)",
    },
    rowFormatFlag,
  ],
  arguments: { min: 1 },
  async run(context) {
    const [verb, ...robotNames] = context.flags.arguments;
    const work = Object.hasOwn(verbs, verb!) ? verbs[verb!] : undefined;
    if (work === undefined) throw usage(`unknown: ${JSON.stringify(verb)}`, name);
    if (verb !== "ls" && robotNames.length === 0) throw usage(`${verb} needs the name of a robot`, name);
    // A secret is shown once: nothing may be wrong with how.
    if (verb === "create" || verb === "rotate") checkObjectFormat(context.flags.string("format"));
    await work({ ...context, robots: (await context.store()).meta.robots, robotNames });
    return 0;
  },
} satisfies Command;

async function create(call: Call): Promise<void> {
  const { createRobot, parseRobotRight } = await import("../../access/mod.ts");
  const rights = call.flags.strings("allow").map(parseRobotRight);
  const end = endOf(call);
  printSecret(call, await createRobot(call.robots, { name: only(call), rights, ...end }));
}

async function rotate(call: Call): Promise<void> {
  const { rotateRobot } = await import("../../access/mod.ts");
  printSecret(call, await rotateRobot(call.robots, { name: only(call), ...endOf(call) }));
}

async function setDisabled({ robots, robotNames }: Call, disabledAtMs: number | null): Promise<void> {
  const { changeRobot } = await import("../../access/mod.ts");
  for (const robot of robotNames) await changeRobot(robots, robot, { disabledAtMs });
}

async function remove({ robots, robotNames, terminal }: Call): Promise<void> {
  const { removeRobot } = await import("../../access/mod.ts");
  for (const robot of robotNames) {
    await removeRobot(robots, robot);
    terminal.out(`${robot}\n`);
  }
}

async function list(call: Call): Promise<void> {
  const { listRobots } = await import("../../access/mod.ts");
  const found = await listRobots(call.robots);
  writeRows(call.terminal, found, robotFormat(Date.now()), { format: call.flags.string("format") });
}

function robotFormat(nowMs: number): RowFormat<RobotAccount> {
  const programFields = ["name", "userName", "rights", "createdAt", "expiresAt", "usedAt", "state"].map(
    (field) => [field, { value: (robot: RobotAccount) => forPrograms(robot)[field] }],
  );
  return {
    typeName: "*registry.robot",
    table: "{{.User}}\t{{.State}}\t{{.Expires}}\t{{.LastUsed}}\t{{.Allowed}}",
    fields: {
      ...Object.fromEntries(programFields),
      User: { header: "USER", isForTables: true, value: ({ userName }) => userName },
      State: { header: "STATE", isForTables: true, value: ({ state }) => state },
      Expires: {
        header: "EXPIRES",
        isForTables: true,
        value: ({ expiresAtMs }) => (expiresAtMs === undefined ? "never" : untilOrAgo(expiresAtMs, nowMs)),
      },
      LastUsed: {
        header: "LAST USED",
        isForTables: true,
        value: ({ usedAtMs }) => (usedAtMs === undefined ? "never" : humanAgo(usedAtMs, nowMs)),
      },
      Allowed: {
        header: "ALLOWED",
        isForTables: true,
        value: ({ rights }) =>
          rights.map(({ repositories, actions }) => `${repositories}:${actions.join(",")}`).join(" "),
      },
    },
  };
}

/** The secret alone goes to standard output, so that it can be piped into where it is kept. */
function printSecret({ flags, terminal }: Call, robot: RobotWithSecret): void {
  const format = flags.string("format");
  if (format) {
    const shown = { ...forPrograms(robot), secret: robot.secret };
    terminal.out(`${formatObject(format, shown, "registry.robot")}\n`);
    return;
  }
  tell(terminal, `${robot.userName} logs in with this secret, which is not shown again:`);
  terminal.out(`${robot.secret}\n`);
}

function forPrograms({
  createdAtMs,
  expiresAtMs,
  usedAtMs,
  ...robot
}: RobotAccount): Record<string, unknown> {
  const { secret: _secret, ...rest } = robot as RobotWithSecret;
  return {
    ...rest,
    createdAt: new Date(createdAtMs).toISOString(),
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    ...(usedAtMs === undefined ? {} : { usedAt: new Date(usedAtMs).toISOString() }),
  };
}

function only({ robotNames }: Call): string {
  if (robotNames.length > 1) throw usage("one robot at a time, please: each has a secret of its own", name);
  return robotNames[0]!;
}

function endOf({ flags }: Call): { expiresAtMs?: number } {
  const expires = flags.string("expires");
  return expires === undefined ? {} : { expiresAtMs: Date.now() + parseDuration(expires) };
}

function untilOrAgo(timeMs: number, nowMs: number): string {
  return timeMs > nowMs ? `in ${humanDuration(timeMs - nowMs)}` : humanAgo(timeMs, nowMs);
}
