import { aliases, memberNames } from "./catalogue.ts";
import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";
import { say } from "./messages/say.ts";
import { sections, summaries } from "./sections.ts";
import { wrapText } from "./text/wrap-text.ts";

/** `kasane --help`. `width`: columns of the terminal it is shown on; without one, nothing is wrapped. */
export function generalHelp(width = Number.POSITIVE_INFINITY): string {
  const lines = [
    ...wrapText(
      say("kasane: build, store, look inside, move and serve container images. No daemon, no root."),
      width,
    ),
    "",
    `${say("Usage")}: kasane [--root DIR] COMMAND [OPTIONS] [ARGUMENTS]`,
  ];
  for (const [title, listings] of Object.entries(sections)) {
    const rows = Object.entries(listings).map(([name, summary]): Row => [name, say(summary)]);
    lines.push("", `${say(title)}:`, ...columns(rows, { least: 16, width }));
  }
  lines.push(
    "",
    `${say("Global options")}:`,
    ...columns(
      [
        [
          "--root DIR",
          say(
            "Where images are kept (default: $KASANE_ROOT, /var/lib/kasane as root, else $XDG_DATA_HOME/kasane)",
          ),
        ],
        ["--help", say("Help for kasane or for a command")],
        ["--version", say("The version")],
      ],
      { width },
    ),
    "",
    say("Run 'kasane COMMAND --help' for the options and examples of a command."),
  );
  return `${lines.join("\n")}\n`;
}

/** `kasane registry --help`: the commands that begin with one word. */
export function groupHelp(group: string, width = Number.POSITIVE_INFINITY): string {
  const rows = memberNames(group)
    .sort()
    .map((name): Row => [name, say(summaries[aliases[name] ?? name]!)]);
  return [
    `${say("Usage")}: kasane [--root DIR] ${group} COMMAND [OPTIONS] [ARGUMENTS]`,
    "",
    `${say("Commands")}:`,
    ...columns(rows, { width }),
    "",
    say(`Run 'kasane ${group} COMMAND --help' for the options and examples of a command.`),
    "",
  ].join("\n");
}

export function commandHelp(command: Command, width = Number.POSITIVE_INFINITY): string {
  const lines = [
    say(command.summary),
    "",
    `${say("Usage")}: kasane ${command.name} ${command.usage}`.trimEnd(),
  ];
  if (command.description) lines.push("", ...wrapText(say(command.description), width));
  const flags = command.flags.filter((flag) => !flag.hidden);
  if (flags.length > 0) {
    const rows = flags.map((flag): Row => [`${spelling(flag)} `, say(flag.help)]);
    lines.push("", `${say("Options")}:`, ...columns(rows, { width }));
  }
  lines.push("", `${say("Examples")}:`);
  for (const { what, call } of command.examples) {
    lines.push(...wrapText(say(what), width - 4).map((line) => `  # ${line}`), `  kasane ${call}`);
  }
  return `${lines.join("\n")}\n`;
}

/** `-o, --output FILE`. */
export function spelling(flag: Flag): string {
  const short = flag.short ? `-${flag.short}, ` : "    ";
  const shown = flag.value ?? "VALUE";
  const value = flag.type === "boolean" ? "" : flag.bare === undefined ? ` ${shown}` : `[=${shown}]`;
  return `${short}--${flag.name}${value}`;
}

type Row = readonly [name: string, text: string];

/** Below this a column of text is hard to read: the terminal had better break the lines. */
const narrowest = 24;

function columns(rows: readonly Row[], { least = 0, width }: { least?: number; width: number }): string[] {
  const first = Math.max(least, ...rows.map(([name]) => name.length + 2));
  const rest = width - first - 2;
  return rows.flatMap(([name, text]) => {
    const [head, ...more] = rest < narrowest ? [text] : wrapText(text, rest);
    return [`  ${name.padEnd(first)}${head}`, ...more.map((line) => " ".repeat(first + 2) + line)];
  });
}
