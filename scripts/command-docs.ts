/**
 * Writes docs/commands.md and its Japanese from what the commands say of themselves: `scripts/bun scripts/command-docs.ts`. A test compares.
 */
import { join, resolve } from "node:path";
import { aliases, commands } from "../src/cli/catalogue.ts";
import type { Command } from "../src/cli/command.ts";
import { spelling } from "../src/cli/help.ts";
import { toJapanese } from "../src/cli/messages/japanese.ts";
import { sections } from "../src/cli/sections.ts";

const root = resolve(import.meta.dir, "..");

type Say = (text: string) => string;

const languages: readonly { file: string; say: Say; head: readonly string[] }[] = [
  {
    file: "docs/commands.md",
    say: (text) => text,
    head: [
      "# Commands",
      "",
      "[日本語](commands.ja.md)",
      "",
      "Every command with its flags and examples, as `kasane COMMAND --help` prints them. This page is written by `scripts/command-docs.ts`. `--root DIR` before any command chooses another store.",
    ],
  },
  {
    file: "docs/commands.ja.md",
    say: toJapanese,
    head: [
      "# コマンド",
      "",
      "[English](commands.md)",
      "",
      "すべてのコマンドのフラグと例です。`kasane COMMAND --help` と同じ内容で、このページは `scripts/command-docs.ts` が書き出します。どのコマンドも、前に `--root DIR` を付けると別のストアを使います。",
    ],
  },
];

/** The pages by their path. */
export async function commandDocs(): Promise<Map<string, string>> {
  const loaded = new Map<string, Command>();
  for (const [name, load] of Object.entries(commands)) loaded.set(name, (await load()).default);
  return new Map(languages.map(({ file, say, head }) => [file, page(loaded, say, head)]));
}

function page(loaded: ReadonlyMap<string, Command>, say: Say, head: readonly string[]): string {
  const lines = [...head];
  for (const [title, listings] of Object.entries(sections)) {
    lines.push("", `## ${say(title)}`);
    for (const name of Object.keys(listings)) lines.push("", ...describe(loaded.get(name)!, say));
  }
  return `${lines.join("\n")}\n`;
}

function describe(command: Command, say: Say): string[] {
  const others = Object.keys(aliases).filter((alias) => aliases[alias] === command.name);
  const lines = [`### kasane ${command.name}`, "", say(command.summary), ""];
  if (command.description) lines.push(say(command.description), "");
  lines.push("```text", `kasane ${command.name} ${command.usage}`.trimEnd());
  for (const alias of others) lines.push(`kasane ${alias} ${command.usage}`.trimEnd());
  lines.push("```", "");
  const flags = command.flags.filter((flag) => !flag.hidden);
  if (flags.length > 0) {
    lines.push(`| ${say("Options")} | |`, "| --- | --- |");
    for (const flag of flags)
      lines.push(`| \`${spelling(flag).trim().replaceAll("|", "\\|")}\` | ${cell(say(flag.help))} |`);
    lines.push("");
  }
  lines.push("```text");
  for (const { call, what } of command.examples) lines.push(`# ${say(what)}`, `kasane ${call}`);
  lines.push("```");
  return lines;
}

/** Text in a table: no bars, and nothing that would be taken for HTML or emphasis. */
function cell(text: string): string {
  return text.replaceAll(/[|<*_]/g, "\\$&");
}

if (import.meta.main) {
  for (const [file, text] of await commandDocs()) await Bun.write(join(root, file), text);
}
