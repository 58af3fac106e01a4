import { aliases, commands, memberNames, sections } from "./catalogue.ts";
import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";

/** `kasane --help`. */
export function generalHelp(): string {
  const lines = [
    "kasane: build, store, look inside, move and serve container images. No daemon, no root.",
    "",
    "Usage: kasane [--root DIR] COMMAND [OPTIONS] [ARGUMENTS]",
  ];
  for (const [title, listings] of Object.entries(sections)) {
    lines.push("", `${title}:`);
    const width = Math.max(14, ...Object.keys(listings).map((name) => name.length + 2));
    for (const [name, { summary }] of Object.entries(listings))
      lines.push(`  ${name.padEnd(width)}${summary}`);
  }
  lines.push(
    "",
    "Global options:",
    "  --root DIR    Where images are kept (default: $KASANE_ROOT, /var/lib/kasane as root, else $XDG_DATA_HOME/kasane)",
    "  --help        Help for kasane or for a command",
    "  --version     The version",
    "",
    "Run 'kasane COMMAND --help' for the options and examples of a command.",
  );
  return `${lines.join("\n")}\n`;
}

/** `kasane registry --help`: the commands that begin with one word. */
export function groupHelp(group: string): string {
  const names = memberNames(group).sort();
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = names.map((name) => `  ${name.padEnd(width)}${commands[aliases[name] ?? name]!.summary}`);
  return [
    `Usage: kasane [--root DIR] ${group} COMMAND [OPTIONS] [ARGUMENTS]`,
    "",
    "Commands:",
    ...lines,
    "",
    `Run 'kasane ${group} COMMAND --help' for the options and examples of a command.`,
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const lines = [command.summary, "", `Usage: kasane ${command.name} ${command.usage}`.trimEnd()];
  if (command.description) lines.push("", command.description);
  const flags = command.flags.filter((flag) => !flag.hidden);
  if (flags.length > 0) {
    lines.push("", "Options:");
    const left = flags.map(spelling);
    const width = Math.max(...left.map((text) => text.length)) + 3;
    for (const [index, flag] of flags.entries()) lines.push(`  ${left[index]!.padEnd(width)}${flag.help}`);
  }
  lines.push("", "Examples:");
  for (const example of command.examples) lines.push(`  # ${example.what}`, `  kasane ${example.call}`);
  return `${lines.join("\n")}\n`;
}

function spelling(flag: Flag): string {
  const short = flag.short ? `-${flag.short}, ` : "    ";
  const value = flag.type === "boolean" ? "" : ` ${flag.value ?? "VALUE"}`;
  return `${short}--${flag.name}${value}`;
}
