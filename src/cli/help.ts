import { aliases, commands, memberNames, sections } from "./catalogue.ts";
import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";
import { say } from "./messages/say.ts";

/** `kasane --help`. */
export function generalHelp(): string {
  const lines = [
    say("kasane: build, store, look inside, move and serve container images. No daemon, no root."),
    "",
    `${say("Usage")}: kasane [--root DIR] COMMAND [OPTIONS] [ARGUMENTS]`,
  ];
  for (const [title, listings] of Object.entries(sections)) {
    const rows = Object.entries(listings).map(([name, { summary }]): Row => [name, say(summary)]);
    lines.push("", `${say(title)}:`, ...columns(rows, 16));
  }
  lines.push(
    "",
    `${say("Global options")}:`,
    ...columns([
      [
        "--root DIR",
        say(
          "Where images are kept (default: $KASANE_ROOT, /var/lib/kasane as root, else $XDG_DATA_HOME/kasane)",
        ),
      ],
      ["--help", say("Help for kasane or for a command")],
      ["--version", say("The version")],
    ]),
    "",
    say("Run 'kasane COMMAND --help' for the options and examples of a command."),
  );
  return `${lines.join("\n")}\n`;
}

/** `kasane registry --help`: the commands that begin with one word. */
export function groupHelp(group: string): string {
  const names = memberNames(group).sort();
  return [
    `${say("Usage")}: kasane [--root DIR] ${group} COMMAND [OPTIONS] [ARGUMENTS]`,
    "",
    `${say("Commands")}:`,
    ...columns(names.map((name): Row => [name, say(commands[aliases[name] ?? name]!.summary)])),
    "",
    say(`Run 'kasane ${group} COMMAND --help' for the options and examples of a command.`),
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const lines = [
    say(command.summary),
    "",
    `${say("Usage")}: kasane ${command.name} ${command.usage}`.trimEnd(),
  ];
  if (command.description) lines.push("", say(command.description));
  const flags = command.flags.filter((flag) => !flag.hidden);
  if (flags.length > 0) {
    const rows = flags.map((flag): Row => [`${spelling(flag)} `, say(flag.help)]);
    lines.push("", `${say("Options")}:`, ...columns(rows));
  }
  lines.push("", `${say("Examples")}:`);
  for (const example of command.examples) lines.push(`  # ${say(example.what)}`, `  kasane ${example.call}`);
  return `${lines.join("\n")}\n`;
}

/** `-o, --output FILE`. */
export function spelling(flag: Flag): string {
  const short = flag.short ? `-${flag.short}, ` : "    ";
  const value = flag.type === "boolean" ? "" : ` ${flag.value ?? "VALUE"}`;
  return `${short}--${flag.name}${value}`;
}

type Row = readonly [name: string, text: string];

function columns(rows: readonly Row[], least = 0): string[] {
  const width = Math.max(least, ...rows.map(([name]) => name.length + 2));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`);
}
